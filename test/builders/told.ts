import type { Condition } from '../../shared/conditions.ts'
import type { Hint } from '../../shared/hint.ts'
import { keyText } from '../../shared/hint.ts'
import { describeRef } from '../../shared/kubernetes.ts'
import type { Kind, KubeObject } from '../../shared/kubernetes.ts'
import type { Plan } from '../../shared/plan.ts'

interface AnyStatus {
  readonly phase?: string
  readonly conditions?: readonly Condition[]
}

const named = ({ kind, metadata }: KubeObject): string =>
  describeRef({ kind: kind as Kind, namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' })

/** `Ready=False PodPending` */
export const conditionTexts = (status: object | undefined): string[] =>
  ((status as AnyStatus | undefined)?.conditions ?? []).map(
    ({ type, status: value, reason }) => `${type}=${value} ${reason}`,
  )

export interface Told {
  readonly phase?: string
  readonly conditions?: readonly string[]
  readonly abort?: readonly string[]
  readonly remove?: readonly string[]
  readonly ensure?: readonly string[]
  readonly create?: readonly string[]
  readonly apply?: readonly string[]
  readonly change?: readonly string[]
  readonly events?: readonly string[]
  readonly wake?: readonly string[]
  readonly turns?: readonly string[]
  readonly patch?: object
  readonly again?: number
}

const some = (name: keyof Told, values: readonly string[]): Told => (values.length === 0 ? {} : { [name]: values })

/** Whom the plan wakes: `Task/default/job`, and for a turn why: `Agent/default/coder ended`. */
const hintsOf = ({ wake = [], hints = [] }: Plan, areTurns: boolean): string[] =>
  [...wake.map((key): Hint => ({ key })), ...hints]
    .filter(({ turn }) => (turn !== undefined) === areTurns)
    .map(({ key, turn }) => [keyText(key), turn].filter(Boolean).join(' '))

/** All of a plan in a few words, for tables of cases: what is absent here is absent from the plan. */
export const told = (plan: Plan): Told => ({
  ...(plan.status && { phase: (plan.status as AnyStatus).phase ?? 'none' }),
  ...(plan.status && some('conditions', conditionTexts(plan.status))),
  ...some(
    'abort',
    (plan.abort ?? []).map(({ server, title }) => `${server.service}:${server.port} ${title}`),
  ),
  ...some(
    'remove',
    (plan.remove ?? []).map(({ ref, uid }) => `${describeRef(ref)} ${uid}`),
  ),
  ...some('ensure', (plan.ensure ?? []).map(named)),
  ...some('create', (plan.create ?? []).map(named)),
  ...some(
    'change',
    (plan.change ?? []).map(({ object, patch }) => `${named(object)} ${JSON.stringify(patch)}`),
  ),
  ...some('apply', (plan.apply ?? []).map(named)),
  ...some(
    'events',
    (plan.events ?? []).map(({ type, reason }) => `${type} ${reason}`),
  ),
  ...some('wake', hintsOf(plan, false)),
  ...some('turns', hintsOf(plan, true)),
  ...(plan.patch && { patch: plan.patch }),
  ...(plan.againSeconds !== undefined && { again: plan.againSeconds }),
})

/** The message of one condition of a plan's status. */
export const messageOf = (plan: Plan, type: string): string | undefined =>
  (plan.status as AnyStatus | undefined)?.conditions?.find((condition) => condition.type === type)?.message
