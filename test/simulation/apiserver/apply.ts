import type { Json } from './object.ts'
import { isJson } from './object.ts'

/** What tells the items of a list apart, in the built-in kinds as far as they are applied here; other lists are atomic. */
const listKeys: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  volumes: ['name'],
  env: ['name'],
  imagePullSecrets: ['name'],
  volumeMounts: ['mountPath'],
  ownerReferences: ['uid'],
}

/** Container ports and Service ports have one name and two sets of keys. */
const portKeys = (items: readonly unknown[]): readonly string[] =>
  items.some((item) => isJson(item) && 'containerPort' in item) ? ['containerPort', 'protocol'] : ['port', 'protocol']

const keysOf = (name: string, items: readonly unknown[]): readonly string[] | undefined =>
  name === 'ports' ? portKeys(items) : listKeys[name]

const idOf = (item: unknown, keys: readonly string[]): string =>
  JSON.stringify(
    keys.map((key) => (isJson(item) ? (item[key] ?? (key === 'protocol' ? 'TCP' : undefined)) : undefined)),
  )

const appliedList = (
  name: string,
  current: readonly unknown[],
  before: readonly unknown[],
  next: readonly unknown[],
): readonly unknown[] => {
  const keys = keysOf(name, [...next, ...before, ...current])
  if (!keys) return next
  const known = new Map(current.map((item) => [idOf(item, keys), item]))
  const had = new Map(before.map((item) => [idOf(item, keys), item]))
  const wanted = new Set(next.map((item) => idOf(item, keys)))
  const mine = next.map((item) => applied(known.get(idOf(item, keys)), had.get(idOf(item, keys)), item))
  const others = current.filter((item) => !wanted.has(idOf(item, keys)) && !had.has(idOf(item, keys)))
  return [...mine, ...others]
}

/**
 * Server-side apply with force, https://kubernetes.io/docs/reference/using-api/server-side-apply/: `next` over `current`,
 * without what this manager had applied `before` and applies no more. What others have set stays.
 */
export const applied = (current: unknown, before: unknown, next: unknown, name = ''): unknown => {
  if (Array.isArray(next))
    return appliedList(name, Array.isArray(current) ? current : [], Array.isArray(before) ? before : [], next)
  if (!isJson(next)) return next
  const result: Record<string, unknown> = isJson(current) ? { ...current } : {}
  for (const [key, value] of Object.entries(isJson(before) ? before : {}))
    if (!(key in next)) {
      const rest = released(result[key], value, key)
      if (rest === undefined) delete result[key]
      else result[key] = rest
    }
  for (const [key, value] of Object.entries(next))
    result[key] = applied(result[key], isJson(before) ? before[key] : undefined, value, key)
  return result
}

/** `current` without what was applied `before`; undefined where nothing of others is left. */
const released = (current: unknown, before: unknown, name: string): unknown => {
  if (isJson(before) && isJson(current)) {
    const rest = applied(current, before, {}) as Json
    return Object.keys(rest).length > 0 ? rest : undefined
  }
  if (Array.isArray(before) && Array.isArray(current) && keysOf(name, [...before, ...current])) {
    const rest = appliedList(name, current, before, [])
    return rest.length > 0 ? rest : undefined
  }
  return undefined
}
