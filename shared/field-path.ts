/** `spec.contexts[0].mountPath`; a name that is no plain word stands in brackets, cut to 64 characters. */
export const fieldOf = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    const name = String(key)
    if (!/^[A-Za-z_$][\w-]{0,63}$/.test(name)) return `${text}[${name.slice(0, 64)}]`
    return text === '' ? name : `${text}.${name}`
  }, '')

/** What stands at `path`; undefined where there is nothing. */
export const valueAt = (root: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    root,
  )
