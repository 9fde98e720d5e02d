/** Where somebody is: the parts of the path below the base, and the query. */
export interface Address {
  readonly parts: readonly string[]
  readonly query: URLSearchParams
}

/** Undefined for a path that is not below the base. */
export const addressOf = (pathname: string, search: string, base: string): Address | undefined => {
  if (pathname !== base && !pathname.startsWith(`${base}/`)) return undefined
  const parts = pathname
    .slice(base.length)
    .split('/')
    .filter((part) => part !== '')
  try {
    return { parts: parts.map(decodeURIComponent), query: new URLSearchParams(search) }
  } catch {
    return undefined
  }
}

/** The chosen namespace goes along wherever somebody goes; nothing else does. */
export const hrefOf = (
  base: string,
  parts: readonly string[],
  query: Readonly<Record<string, string | undefined>> = {},
): string => {
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value]])),
  ).toString()
  return `${base}/${parts.map(encodeURIComponent).join('/')}${search && `?${search}`}`
}
