import { isSame } from '../shared/merge-patch.ts'

/** One step of a JSON patch (RFC 6902), as admission answers it. */
export type PatchStep =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** RFC 6901. */
const pointer = (path: string, key: string | number): string =>
  `${path}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`

/** The steps that turn `from` into `to`: item by item where lists keep their length, whole where they do not. */
export const jsonPatch = (from: unknown, to: unknown, path = ''): PatchStep[] => {
  if (from === to) return []
  if (Array.isArray(from) && Array.isArray(to) && from.length === to.length)
    return from.flatMap((item, index) => jsonPatch(item, to[index], pointer(path, index)))
  if (isObject(from) && isObject(to))
    return [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap((key): PatchStep[] => {
      const at = pointer(path, key)
      const was = Object.hasOwn(from, key) ? from[key] : undefined
      const next = Object.hasOwn(to, key) ? to[key] : undefined
      if (next === undefined) return was === undefined ? [] : [{ op: 'remove', path: at }]
      return was === undefined ? [{ op: 'add', path: at, value: next }] : jsonPatch(was, next, at)
    })
  return isSame(from, to) ? [] : [{ op: 'replace', path, value: to }]
}
