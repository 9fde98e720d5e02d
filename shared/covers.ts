const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60,
} // prettier-ignore

/**
 * A resource quantity as a number; undefined for any other text.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export const quantity = (text: string): number | undefined => {
  const parts = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)([KMGTPE]i|[numkMGTPE]?)$/.exec(text)
  const factor = suffixes[parts?.[2] ?? '']
  return parts && factor !== undefined ? Number(parts[1]) * factor : undefined
}

const isSameLeaf = (actual: unknown, wanted: unknown): boolean => {
  if (actual === wanted) return true
  if (typeof actual !== 'string' || (typeof wanted !== 'string' && typeof wanted !== 'number')) return false
  const amount = quantity(actual)
  return amount !== undefined && amount === quantity(String(wanted))
}

const isNamed = (item: unknown): boolean => typeof item === 'object' && item !== null && 'name' in item

/**
 * Whether `actual` already has everything that `wanted` says: the apiserver's defaults and other people's fields may be
 * there too, quantities may be written otherwise (`1024Mi` is `1Gi`), empty objects and lists may be left out. A list of
 * named items may have more of them, such as a sidecar that somebody's webhook adds; any other list is compared whole.
 */
export const covers = (actual: unknown, wanted: unknown): boolean => {
  if (wanted === undefined) return true
  if (Array.isArray(wanted)) {
    if (wanted.length === 0) return actual === undefined || (Array.isArray(actual) && actual.length === 0)
    if (Array.isArray(actual) && wanted.every(isNamed))
      return wanted.every((item) => actual.some((candidate) => covers(candidate, item)))
    return (
      Array.isArray(actual) &&
      actual.length === wanted.length &&
      wanted.every((item, index) => covers(actual[index], item))
    )
  }
  if (typeof wanted === 'object' && wanted !== null) {
    const entries = Object.entries(wanted)
    if (actual === undefined) return entries.every(([, value]) => value === undefined)
    if (typeof actual !== 'object' || actual === null) return false
    return entries.every(([key, value]) => covers((actual as Record<string, unknown>)[key], value))
  }
  return isSameLeaf(actual, wanted)
}
