import * as z from 'zod'
import { assertRe2 } from './re2.ts'

/** A node of a structural schema, https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema */
export type Node = {
  type?: string
  description?: string
  properties?: Record<string, Node>
  required?: string[]
  additionalProperties?: Node
  items?: Node
  anyOf?: Node[]
  enum?: unknown[]
  default?: unknown
  format?: string
  pattern?: string
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  minProperties?: number
  maxProperties?: number
  'x-kubernetes-validations'?: { rule: string; message: string; fieldPath?: string }[]
  'x-kubernetes-int-or-string'?: true
  'x-kubernetes-preserve-unknown-fields'?: true
  'x-kubernetes-list-type'?: 'map' | 'set'
  'x-kubernetes-list-map-keys'?: string[]
}

const sayable = new Set([
  'type',
  'description',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'enum',
  'default',
  'format',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'x-kubernetes-validations',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
])

const types = new Set(['object', 'array', 'string', 'integer', 'boolean'])

/** The widest numbers JavaScript counts exactly: zod's way to say that an integer has no bound. */
const UNBOUNDED = Number.MAX_SAFE_INTEGER
const INT32 = 2 ** 31 - 1

const integer = (node: Node): Node => {
  const { minimum, maximum, ...rest } = node
  return {
    ...rest,
    format: maximum !== undefined && maximum <= INT32 ? 'int32' : 'int64',
    ...(minimum !== undefined && minimum !== -UNBOUNDED && minimum !== -INT32 - 1 && { minimum }),
    ...(maximum !== undefined && maximum !== UNBOUNDED && { maximum }),
  }
}

/** What holds for the text holds for the node: the bounds of text do not concern a number. */
const intOrString = ({ anyOf = [], ...node }: Node, path: string): Node => {
  const number = anyOf.find(({ type }) => type === 'integer')
  const text = anyOf.find(({ type }) => type === 'string')
  if (anyOf.length !== 2 || !number || !text) throw new Error(`${path}: int-or-string must be a union of these two`)
  const { type: _, ...bounds } = text
  return { ...node, ...bounds, anyOf: [{ type: 'integer' }, { type: 'string' }] }
}

/** Anything goes in here, so nothing below can be said. */
const free = (node: Node): Node => ({
  ...(node.type !== undefined && { type: node.type }),
  ...(node.description !== undefined && { description: node.description }),
  'x-kubernetes-preserve-unknown-fields': true,
})

const structural = (node: Node, path: string): Node => {
  const where = path || '.'
  if (node['x-kubernetes-preserve-unknown-fields']) return free(node)
  if (node['x-kubernetes-int-or-string']) return intOrString(node, where)
  for (const key of Object.keys(node))
    if (!sayable.has(key)) throw new Error(`${where}: ${key} cannot be said in a structural schema`)
  if (node.type === undefined) throw new Error(`${where}: no type`)
  if (!types.has(node.type)) throw new Error(`${where}: type ${node.type} is not used here`)
  if (node.type === 'object' && (node.properties === undefined) === (node.additionalProperties === undefined))
    throw new Error(`${where}: an object has either properties or additionalProperties`)
  if (node.pattern !== undefined) assertRe2(node.pattern, where)
  return {
    ...(node.type === 'integer' ? integer(node) : node),
    ...(node.properties && {
      properties: Object.fromEntries(
        Object.entries(node.properties).map(([key, child]) => [key, structural(child, `${path}.${key}`)]),
      ),
    }),
    ...(node.additionalProperties && {
      additionalProperties: structural(node.additionalProperties, `${path}.*`),
    }),
    ...(node.items && { items: structural(node.items, `${path}[]`) }),
  }
}

/** What zod would leave out without a word: the flags of a pattern, and what a map asks of its keys. */
const refuseSilence = (schema: z.core.$ZodTypes, path: readonly (string | number)[]): void => {
  const where = `.${path.filter((key) => key !== 'properties').join('.')}`
  for (const check of schema._zod.def.checks ?? []) {
    const { pattern } = check._zod.def as { pattern?: RegExp }
    if (pattern && pattern.flags !== '') throw new Error(`${where}: pattern ${String(pattern)} has flags`)
  }
  if (schema._zod.def.type !== 'record') return
  const { type, checks } = schema._zod.def.keyType._zod.def
  if (type !== 'string' || checks?.length) throw new Error(`${where}: the keys of a map can have no rule`)
}

/** The structural OpenAPI schema of `schema`. Throws, with the path, on what cannot be said in one. */
export const toStructural = (schema: z.ZodType): Node => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    target: 'openapi-3.0', // nullable and exclusiveMinimum as Kubernetes knows them
    io: 'input', // a field with a default is optional; plain objects stay open for pruning
    reused: 'inline',
    cycles: 'throw',
    unrepresentable: 'throw',
    override: ({ zodSchema, path }) => refuseSilence(zodSchema, path),
  })
  return structural(json as Node, '')
}
