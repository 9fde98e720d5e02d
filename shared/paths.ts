/** Whether the clean absolute `path` is `base` or inside of it. */
export const isBelow = (base: string, path: string): boolean =>
  path === base || path.startsWith(base === '/' ? '/' : `${base}/`)
