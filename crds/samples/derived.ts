import { customResourceDefinition } from '../crd.ts'
import type { KindName } from '../kinds.ts'
import { kinds } from '../kinds.ts'
import type { Node } from '../structural.ts'
import { brokenObjects, brokenTexts } from './broken.ts'
import type { Json } from './full.ts'
import { full } from './full.ts'

type Path = readonly (string | number)[]

/** One node of a schema, with a place in a sample where it has a value. */
type Place = { readonly schemaPath: string; readonly path: Path; readonly node: Node; readonly value: unknown }

/** A sample with one fault. */
export type Bad = {
  readonly name: string
  readonly kind: KindName
  readonly object: Json
  /** Where the fault is, as the apiserver writes it. */
  readonly field: string
  /** What CEL says; without it a plain schema rule is meant. */
  readonly message?: string
  /** Which rule or enum is broken, as in `rulesOf`; without it a type or a bound is. */
  readonly rule?: string
}

export const fieldOf = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text === '' ? String(key) : `${text}.${String(key)}`
  }, '')

/** The schema of a kind as the apiserver gets it. */
export const schemaOf = (kind: KindName): Node => {
  const [version] = customResourceDefinition(kinds.find((one) => one.kind === kind)!).spec.versions
  return version!.schema.openAPIV3Schema
}

const childrenOf = ({ node, value, path, schemaPath }: Place): Place[] => {
  if (typeof value !== 'object' || value === null || node['x-kubernetes-preserve-unknown-fields']) return []
  return Object.entries(value).flatMap(([key, child]) => {
    const isItem = Array.isArray(value)
    const schema = isItem ? node.items : (node.properties?.[key] ?? node.additionalProperties)
    if (!schema) return []
    const step = isItem ? '[]' : node.properties ? `.${key}` : '.*'
    return [{ schemaPath: schemaPath + step, path: [...path, isItem ? Number(key) : key], node: schema, value: child }]
  })
}

const below = (place: Place): Place[] => [place, ...childrenOf(place).flatMap(below)]

/** The places of a sample: the object itself, and what is in its spec and status. */
export const placesOf = (kind: KindName, sample: Json): Place[] =>
  below({ schemaPath: '', path: [], node: schemaOf(kind), value: sample }).filter(({ path: [first] }) =>
    [undefined, 'spec', 'status'].includes(first as string | undefined),
  )

/** Every node of a schema by its path, whether or not a sample has a value for it. */
export const schemaPathsOf = (node: Node, path = ''): string[] => [
  path,
  ...Object.entries(node.properties ?? {}).flatMap(([key, child]) => schemaPathsOf(child, `${path}.${key}`)),
  ...(node.items ? schemaPathsOf(node.items, `${path}[]`) : []),
  ...(node.additionalProperties ? schemaPathsOf(node.additionalProperties, `${path}.*`) : []),
]

/** Rules about changes are for another test: they need an object that is there. */
const isAboutValues = ({ rule }: { readonly rule: string }): boolean => !rule.includes('oldSelf')

/** Every enum and every rule of a schema. A rule about changes goes by its message alone. */
export const rulesOf = (node: Node, path = ''): string[] => [
  ...(node.enum ? [`${path} enum`] : []),
  ...(node['x-kubernetes-validations'] ?? []).map((rule) =>
    isAboutValues(rule) ? `${path} ${rule.message}` : rule.message,
  ),
  ...Object.entries(node.properties ?? {}).flatMap(([key, child]) => rulesOf(child, `${path}.${key}`)),
  ...(node.items ? rulesOf(node.items, `${path}[]`) : []),
  ...(node.additionalProperties ? rulesOf(node.additionalProperties, `${path}.*`) : []),
]

const REMOVED = Symbol('removed')

/** A copy of `value` with `next` at `path`. */
export const replaced = (value: unknown, [key, ...rest]: Path, next: unknown): unknown => {
  if (key === undefined) return next
  if (Array.isArray(value)) return value.map((item, index) => (index === key ? replaced(item, rest, next) : item))
  const { [key]: old, ...others } = value as Record<string, unknown>
  const changed = replaced(old, rest, next)
  return changed === REMOVED ? others : { ...others, [key]: changed }
}

type Fault = {
  readonly what: string
  readonly value: unknown
  readonly at?: string
  readonly message?: string
  readonly rule?: string
}

const breaking = ({ message }: { readonly message: string }, { node, value, schemaPath }: Place): unknown => {
  const text = brokenTexts.find(([start]) => message.startsWith(start))
  if (node.type === 'string' && text) return text[1]
  const change = brokenObjects.find(([start]) => message.startsWith(start))
  if (node.type !== 'string' && change) return change[1](value)
  throw new Error(`${schemaPath}: broken.ts has nothing that breaks the rule: ${message}`)
}

/** What every kind is asked about: enums and rules. */
const ruleFaults = (place: Place): Fault[] => [
  ...(place.node.enum
    ? [{ what: 'outside of its enum', value: 'NotOneOfThem', rule: `${place.schemaPath} enum` }]
    : []),
  ...(place.node['x-kubernetes-validations'] ?? []).filter(isAboutValues).map((rule) => ({
    what: `breaks "${rule.message}"`,
    value: breaking(rule, place),
    message: rule.message,
    rule: `${place.schemaPath} ${rule.message}`,
    ...(rule.fieldPath !== undefined && { at: rule.fieldPath }),
  })),
]

const wrongType = ({ node }: Place): Fault[] => {
  if (node['x-kubernetes-int-or-string']) return [{ what: 'of another type', value: {} }]
  if (node.type === undefined) return []
  return [{ what: 'of another type', value: node.type === 'string' ? {} : 'x' }]
}

const boundFaults = ({ node, value }: Place): Fault[] => {
  const items = Array.isArray(value) ? value : []
  return [
    ...(node.minimum !== undefined ? [{ what: 'too small', value: node.minimum - 1 }] : []),
    ...(node.maximum !== undefined ? [{ what: 'too large', value: node.maximum + 1 }] : []),
    ...(node.minLength ? [{ what: 'empty', value: '' }] : []),
    ...(node.maxLength !== undefined ? [{ what: 'too long', value: 'a'.repeat(node.maxLength + 1) }] : []),
    ...(node.maxItems !== undefined ? [{ what: 'too many', value: Array(node.maxItems + 1).fill(items[0]) }] : []),
    ...(node.pattern !== undefined ? [{ what: 'not of its pattern', value: 'a/b\nc' }] : []),
    ...(node.format === 'date-time' ? [{ what: 'no time', value: 'yesterday' }] : []),
    ...(node['x-kubernetes-list-type'] ? [{ what: 'with a double', value: [...items, items[0]] }] : []),
    ...(node.required ?? []).map((key) => ({
      what: `without ${key}`,
      value: replaced(value, [key], REMOVED),
      at: `.${key}`,
    })),
  ]
}

/** Faults made from the full samples: every enum and every rule of each kind, every bound once. */
export const derived = (): Bad[] => {
  const known = new Set<string>()
  const isFirst = (key: string): boolean => !known.has(key) && known.add(key) !== undefined
  return kinds.flatMap(({ kind }) =>
    full[kind].flatMap((sample) =>
      placesOf(kind, sample).flatMap((place) => {
        const { schemaPath, node, path } = place
        const shape = `${schemaPath.replace('.taskTemplate.spec', '')} ${JSON.stringify(node)}`
        const faults = [
          ...(isFirst(`${kind}${schemaPath}`) ? ruleFaults(place) : []),
          ...(schemaPath !== '' && isFirst(shape) ? [...wrongType(place), ...boundFaults(place)] : []),
        ]
        return faults.map(({ what, value, at = '', message, rule }) => ({
          name: `${kind} ${fieldOf(path) || 'itself'} ${what}`,
          kind,
          object: replaced(sample, path, value) as Json,
          field: fieldOf(path) + at,
          ...(message !== undefined && { message }),
          ...(rule !== undefined && { rule }),
        }))
      }),
    ),
  )
}
