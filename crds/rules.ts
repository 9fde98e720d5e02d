import type * as z from 'zod'
import { assertRe2 } from './re2.ts'

/** One rule, two engines: zod checks it at the CLI and the webhook, CEL checks it inside the apiserver. */
export type Rule<T> = {
  /** CEL over `self`, https://kubernetes.io/docs/reference/using-api/cel/. */
  readonly rule: string
  /** Names the fault and the remedy; both engines say the same. */
  readonly message: string
  readonly holds: (value: T) => boolean
  /** The child at fault, as in `git.ref`; without it the value itself is. */
  readonly field?: string
}

/** A rule about a change. It needs the stored object, so only the apiserver's CEL can judge it. */
export type Transition = Omit<Rule<never>, 'holds'>

const VALIDATIONS = 'x-kubernetes-validations'

/** The apiserver knows of `metadata` only that it is an object, so a rule's fieldPath may not point into it. */
const asValidation = ({ rule, message, field }: Transition) => ({
  rule,
  message,
  ...(field !== undefined && !field.startsWith('metadata') && { fieldPath: `.${field}` }),
})

const withValidations = <S extends z.ZodType>(schema: S, validations: readonly Transition[]): S => {
  const known = (schema.meta()?.[VALIDATIONS] as unknown[] | undefined) ?? []
  return schema.meta({ [VALIDATIONS]: [...known, ...validations.map(asValidation)] })
}

/** A text that is too long is not searched, so a long one costs nothing. */
const whenShort = { when: ({ issues }: z.core.ParsePayload) => issues.length === 0 }

/** Adds rules that hold for every value of `schema`. Returns a new schema. */
export const withRules = <S extends z.ZodType>(schema: S, ...rules: readonly Rule<z.output<S>>[]): S =>
  withValidations(
    rules.reduce<S>(
      (checked, { holds, message, field }) =>
        checked.refine(holds, {
          message,
          ...(field !== undefined && { path: field.split('.') }),
          ...(schema.type === 'string' && whenShort),
        }),
      schema,
    ),
    rules,
  )

/** Adds rules about changes, which may use `oldSelf`. Returns a new schema. */
export const withTransitions = <S extends z.ZodType>(schema: S, ...transitions: readonly Transition[]): S =>
  withValidations(schema, transitions)

/** CEL for a match of the whole pattern. Both engines read the same text: JavaScript and RE2. */
const matchesCel = (pattern: RegExp): string => {
  const text = pattern.source.replaceAll('\\/', '/')
  if (pattern.flags !== '' || text.includes("'"))
    throw new Error(`pattern ${String(pattern)} cannot be said in CEL: leave out flags and single quotes`)
  assertRe2(text, 'CEL')
  return `self.matches(r'${text}')`
}

/** The text must match. Unlike a schema's `pattern`, the refusal is a sentence and not an expression. */
export const matches = (pattern: RegExp, message: string): Rule<string> => ({
  rule: matchesCel(pattern),
  message,
  holds: (text) => pattern.test(text),
})

/** The text must not match. */
export const matchesNot = (pattern: RegExp, message: string): Rule<string> => ({
  rule: `!${matchesCel(pattern)}`,
  message,
  holds: (text) => !pattern.test(text),
})

/** A list whose items are told apart by `keys`: the apiserver refuses doubles and merges applies item by item. */
export const listMap = <S extends z.ZodArray<z.ZodObject>>(list: S, ...keys: readonly string[]): S =>
  list
    .refine(
      (items) => new Set(items.map((item) => JSON.stringify(keys.map((key) => item[key])))).size === items.length,
      {
        message: `Duplicate value: every item needs its own ${keys.join(' and ')}`,
      },
    )
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys })

/** A list of scalars without order, each at most once. */
export const listSet = <S extends z.ZodArray<z.ZodString>>(list: S): S =>
  list
    .refine((items) => new Set(items).size === items.length, { message: 'Duplicate value: every item may stand once' })
    .meta({ 'x-kubernetes-list-type': 'set' })
