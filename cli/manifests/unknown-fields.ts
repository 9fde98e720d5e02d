import type { Node } from '../../crds/structural.ts'
import { fieldOf } from '../../shared/field-path.ts'
import { nearest } from '../nearest.ts'

/** A field that the schema has no place for: kubectl refuses it, other clients lose it without a word. */
export interface UnknownField {
  readonly field: string
  readonly message: string
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every field of `value` that `schema` would prune, with what may have been meant. */
export const unknownFields = (value: unknown, schema: Node, path: readonly PropertyKey[] = []): UnknownField[] => {
  if (Array.isArray(value)) {
    const { items } = schema
    return items ? value.flatMap((item, index) => unknownFields(item, items, [...path, index])) : []
  }
  if (!isRecord(value) || schema['x-kubernetes-preserve-unknown-fields']) return []
  const { properties, additionalProperties } = schema
  if (!properties && !additionalProperties) return []
  return Object.entries(value).flatMap(([name, inner]) => {
    const known = properties?.[name] ?? additionalProperties
    if (known) return unknownFields(inner, known, [...path, name])
    const meant = nearest(name, Object.keys(properties ?? {}))
    const hint = meant === undefined ? 'remove it' : `did you mean ${meant}?`
    return [{ field: fieldOf([...path, name]), message: `is no field here, and would be lost or refused: ${hint}` }]
  })
}
