/** FNV-1a over UTF-16 code units, from a start value. http://www.isthe.com/chongo/tech/comp/fnv/ */
const fnv1a = (text: string, start: number): number => {
  let hash = start
  for (let index = 0; index < text.length; index += 1) {
    hash ^= text.charCodeAt(index)
    hash = Math.imul(hash, 0x01000193)
  }
  return hash >>> 0
}

const hex = (value: number): string => value.toString(16).padStart(8, '0')

/** Sixteen hex digits that change when `value` does; for noticing changes, not for security. Keys keep their order. */
export const hashOf = (value: unknown): string => {
  const text = JSON.stringify(value) ?? ''
  return hex(fnv1a(text, 0x811c9dc5)) + hex(fnv1a(text, 0x9e3779b9))
}
