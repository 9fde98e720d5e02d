import type * as z from 'zod'
import type { Kind } from '../crds/kind.ts'
import { isSame } from '../shared/merge-patch.ts'
import { faultsOf } from './faults.ts'
import { valueAt } from '../shared/field-path.ts'
import type { Fault, Findings } from './findings.ts'
import { clean, faultText } from './findings.ts'

/** Judges `next`, which may replace `prior`: every fault at once, so that a user edits once. Pure. */
export type Validate = (next: unknown, prior?: unknown) => Findings

/** What a kind's schema cannot say, asked about an object that passed it. */
export type Rules<T> = (next: T, prior: T | undefined) => Partial<Findings>

/** Deeper than anything a person writes, and shallow enough for every function that walks an object. */
const deepest = 100

const isDeeperThan = (value: unknown, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1)))

const specOf = (object: unknown): unknown => valueAt(object, ['spec'])

/**
 * A validating hook: the schema first, then `rules`. `explain` may say more about a fault of the schema.
 *
 * What is stored already is not refused again: a change of metadata alone passes, and so does a fault that the stored
 * object has as well, as in the apiserver's own ratcheting (https://kubernetes.io/docs/reference/using-api/cel/).
 * A rule that came later must not stand between an old object and its controller.
 */
export const validate = <S extends z.ZodType>(
  { object: schema }: Kind<S>,
  rules: Rules<z.output<S>> = () => ({}),
  explain: (fault: Fault, raw: unknown) => Fault = (fault) => fault,
): Validate => {
  const judge = (raw: unknown, prior: z.output<S> | undefined): Findings => {
    const parsed = schema.safeParse(raw)
    if (!parsed.success) return { ...clean, faults: faultsOf(parsed.error, raw).map((fault) => explain(fault, raw)) }
    return { ...clean, ...rules(parsed.data, prior) }
  }

  return (next, prior) => {
    if (isDeeperThan(specOf(next), deepest))
      return { ...clean, faults: [{ field: 'spec', message: `must not be nested more than ${deepest} levels deep` }] }
    if (prior === undefined) return judge(next, undefined)
    if (isSame(specOf(next), specOf(prior))) return clean

    const findings = judge(next, schema.safeParse(prior).data)
    if (findings.faults.length === 0) return findings
    const known = new Set(judge(prior, undefined).faults.map(faultText))
    return { ...findings, faults: findings.faults.filter((fault) => !known.has(faultText(fault))) }
  }
}
