import type { KubeObject, Kind, Ref } from '../../../shared/kubernetes.ts'
import { resources } from '../../../shared/kubernetes.ts'

export type Json = Readonly<Record<string, unknown>>

/** An object as the apiserver keeps it: frozen, so that who has read it cannot change what others read. */
export type Stored = KubeObject & { readonly kind: Kind } & Json

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Frozen in all its depth. What is frozen already is taken as frozen in its depth. */
export const frozen = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const inner of Object.values(value)) frozen(inner)
  return Object.freeze(value)
}

/** A copy as it would come over the wire: without undefined members. What is frozen has come over it before. */
export const overTheWire = <T>(value: T): T => {
  if (typeof value === 'number' && !Number.isFinite(value)) return null as T
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (value instanceof Date) return value.toJSON() as T
  if (Array.isArray(value)) return value.map((item: unknown) => overTheWire(item) ?? null) as T
  const copy: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value)) if (inner !== undefined) copy[key] = overTheWire(inner as unknown)
  return copy as T
}

/** The value without the members of these names. */
export const without = (value: Json, ...names: readonly string[]): Json =>
  Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)))

/** JSON merge patch, RFC 7386. */
export const merged = (target: unknown, patch: unknown): unknown => {
  if (!isJson(patch)) return patch
  const result: Record<string, unknown> = isJson(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = merged(result[key], value)
  }
  return result
}

/** Reads the value at a path such as `spec.agentRef.name`. */
export const fieldAt = (path: string): ((object: unknown) => unknown) => {
  const keys = path.split('.')
  return (object) => {
    let value = object
    for (const key of keys) value = isJson(value) ? value[key] : undefined
    return value
  }
}

export const refOf = ({ kind, metadata }: KubeObject): Ref => ({
  kind: kind as Kind,
  name: metadata?.name ?? '',
  ...(metadata?.namespace !== undefined && { namespace: metadata.namespace }),
})

export const groupOf = (kind: Kind): string => resources[kind].apiVersion.split('/').toReversed()[1] ?? ''

/** `tasks.kubeopencode.io`, as the apiserver's messages say it. */
export const resourceText = (kind: Kind): string => {
  const group = groupOf(kind)
  return group === '' ? resources[kind].plural : `${resources[kind].plural}.${group}`
}
