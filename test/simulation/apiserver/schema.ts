import type * as z from 'zod'
import { customResourceDefinition } from '../../../crds/crd.ts'
import { kinds } from '../../../crds/kinds.ts'
import type { Node } from '../../../crds/structural.ts'
import type { Kind } from '../../../shared/kubernetes.ts'
import { faultsOf } from '../../../webhooks/faults.ts'
import { faultText } from '../../../webhooks/findings.ts'
import type { Json } from './object.ts'
import { isJson } from './object.ts'

interface Definition {
  readonly schema: Node
  readonly object: z.ZodType
  /** Paths a field selector may name, without a leading dot. */
  readonly selectable: readonly string[]
}

/** The custom resources as the generated definitions describe them. */
const definitions = new Map<string, Definition>(
  kinds.map((kind) => [
    kind.kind,
    {
      schema: customResourceDefinition(kind).spec.versions[0]!.schema.openAPIV3Schema,
      object: kind.object,
      selectable: kind.selectableFields.map((path: string) => path.slice(1)),
    },
  ]),
)

export const isCustom = (kind: Kind): boolean => definitions.has(kind)

/** Without what the schema does not know, and with its defaults: the apiserver's pruning and defaulting. */
const shaped = (value: unknown, node: Node): unknown => {
  if (node['x-kubernetes-preserve-unknown-fields']) return value
  if (Array.isArray(value)) return node.items ? value.map((item) => shaped(item, node.items!)) : value
  if (!isJson(value)) return value
  if (node.additionalProperties)
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, shaped(inner, node.additionalProperties!)]),
    )
  if (!node.properties) return value
  const result: Record<string, unknown> = {}
  for (const [key, child] of Object.entries(node.properties)) {
    const given = value[key] ?? (child.default === undefined ? value[key] : structuredClone(child.default))
    if (given !== undefined) result[key] = shaped(given, child)
  }
  return result
}

/** `object` as its CRD stores it. Metadata is the apiserver's own. */
export const asDefined = (kind: Kind, object: Json): Json => {
  const definition = definitions.get(kind)
  if (!definition) return object
  return { ...(shaped(object, definition.schema) as Json), metadata: object['metadata'] }
}

/** What the CRD's schema and its rules have against it; undefined where nothing. */
export const faultsIn = (kind: Kind, object: Json): string | undefined => {
  const parsed = definitions.get(kind)?.object.safeParse(object)
  return parsed?.error && faultsOf(parsed.error, object).map(faultText).join('; ')
}

const always = ['metadata.name', 'metadata.namespace']
const builtIn: Partial<Record<Kind, readonly string[]>> = {
  Pod: ['status.phase', 'spec.nodeName', 'spec.restartPolicy', 'spec.serviceAccountName', 'status.podIP'],
}

export const selectableFields = (kind: Kind): readonly string[] => [
  ...always,
  ...(definitions.get(kind)?.selectable ?? builtIn[kind] ?? []),
]
