/**
 * Whether `host` (lower case, with `:port` where it is not the default) is in `allowed`: `git.example.com` stands for
 * any port, `git.example.com:8443` for that one, `*.example.com` for every name below. Without a list every host is.
 */
export const isHostAllowed = (allowed: readonly string[] | undefined, host: string): boolean => {
  if (!allowed) return true
  const name = host.replace(/:\d+$/, '')
  return allowed.some((given) => {
    const pattern = given.trim().toLowerCase()
    if (pattern.startsWith('*.')) return (/:\d+$/.test(pattern) ? host : name).endsWith(pattern.slice(1))
    return pattern === host || pattern === name
  })
}

/** Host of an http(s) URL as `isHostAllowed` takes it; empty where it is none. */
export const hostOfUrl = (url: string): string => (URL.canParse(url) ? new URL(url).host.toLowerCase() : '')

/** Host of a repository: https, http, ssh, or `git@host:path`. */
export const hostOfRepository = (repository: string): string => {
  const short = /^git@(\[[^\]]+\]|[^:]+):/.exec(repository)
  return short?.[1]?.toLowerCase() ?? hostOfUrl(repository.replace(/^ssh:/, 'https:'))
}
