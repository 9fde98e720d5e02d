type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Deep equality of JSON values; the order of keys does not matter and an undefined member counts as absent. */
export const isSame = (one: unknown, other: unknown): boolean => {
  if (one === other) return true
  if (Array.isArray(one))
    return Array.isArray(other) && one.length === other.length && one.every((item, index) => isSame(item, other[index]))
  if (!isObject(one) || !isObject(other)) return false
  for (const key in one) if (!isSame(one[key], other[key])) return false
  for (const key in other) if (other[key] !== undefined && one[key] === undefined) return false
  return true
}

/** What `patch` sets and `result` lacks, as paths that begin with `path`: `status.activeTasks[].uid`, once for each item. */
export const lostOf = (patch: unknown, result: unknown, path: string): string[] => {
  if (patch === undefined || patch === null) return []
  if (result === undefined || result === null) return [path]
  if (Array.isArray(patch))
    return Array.isArray(result) ? patch.flatMap((item, index) => lostOf(item, result[index], `${path}[]`)) : []
  if (!isObject(patch) || !isObject(result)) return []
  return Object.keys(patch).flatMap((key) => lostOf(patch[key], result[key], `${path}.${key}`))
}

/** Whether a path as `lostOf` gives it is `outer` or lies in it. */
export const isWithin = (path: string, outer: string): boolean =>
  path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`)

/**
 * The JSON merge patch (RFC 7386) that turns `from` into `to`; undefined where nothing differs.
 * Lists are replaced whole, as the RFC says.
 */
export const mergePatch = (from: object, to: object): Record<string, Json> | undefined => {
  const patch: Record<string, Json> = {}
  const before = from as Record<string, unknown>
  const after = to as Record<string, unknown>
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const was = before[key]
    const next = after[key]
    if (isSame(was, next)) continue
    if (next === undefined) patch[key] = null
    else if (isObject(was) && isObject(next)) {
      const inner = mergePatch(was, next)
      if (inner) patch[key] = inner
    } else patch[key] = next as Json
  }
  return Object.keys(patch).length > 0 ? patch : undefined
}
