import { HelperFault, flag, required, wholeNumber, type Env } from '../helper.ts'

export type UrlInputs = {
  readonly source: URL
  readonly target: string
  readonly mode: number
  readonly headers: Readonly<Record<string, string>>
  readonly authorization?: string
  readonly timeoutSeconds: number
  readonly maxBytes: number
  readonly shouldSkipVerification: boolean
  readonly isPrivateAllowed: boolean
  /** Empty means any. */
  readonly allowedHosts: readonly string[]
  readonly caPath?: string
  readonly proxyEnv: Readonly<Record<string, string>>
}

const readHeaders = (source: string | undefined): Record<string, string> => {
  if (!source) return {}
  let parsed: unknown
  try {
    parsed = JSON.parse(source)
  } catch (cause) {
    throw new HelperFault('URL_HEADERS is not JSON; it must be an object of header names and values.', { cause })
  }
  const entries = Object.entries((parsed ?? {}) as Record<string, unknown>)
  for (const [name, value] of entries)
    if (!/^[A-Za-z0-9-]+$/.test(name) || typeof value !== 'string' || /[\r\n\0]/.test(value))
      throw new HelperFault(
        `The header "${name.slice(0, 50)}" in URL_HEADERS is not valid; use a plain name and one line of text.`,
      )
  return Object.fromEntries(entries as [string, string][])
}

const readAuthorization = (env: Env): string | undefined => {
  const token = env['URL_AUTH_TOKEN']?.trim()
  const username = env['URL_AUTH_USERNAME']?.trim() ?? ''
  const password = env['URL_AUTH_PASSWORD']?.replace(/\r?\n$/, '') ?? ''
  const value = token
    ? `Bearer ${token}`
    : username || password
      ? `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
      : undefined
  if (value && /[\r\n\0]/.test(value)) throw new HelperFault('The Secret for the URL has more than one line; check it.')
  return value
}

/** Throws HelperFault. */
export const readUrl = (text: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new HelperFault('The URL must start with https:// or http://.')
  if (url.username || url.password)
    throw new HelperFault('The URL must not contain credentials; put them in a Secret and name it in secretRef.')
  return url
}

/** Throws HelperFault. */
export const readUrlInputs = (env: Env): UrlInputs => {
  const target = required(env, 'URL_TARGET')
  if (!target.startsWith('/') || target.split('/').includes('..'))
    throw new HelperFault(`URL_TARGET must be an absolute path without "..", not "${target}".`)
  const mode = wholeNumber(env, 'URL_FILE_MODE', 0o644)
  if (mode > 0o777) throw new HelperFault('URL_FILE_MODE must be between 0 and 511 (0777).')
  const authorization = readAuthorization(env)
  const caPath = env['CUSTOM_CA_CERT_PATH']
  const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy']
  return {
    source: readUrl(required(env, 'URL_SOURCE')),
    target,
    mode,
    headers: readHeaders(env['URL_HEADERS']),
    ...(authorization && { authorization }),
    timeoutSeconds: Math.max(1, wholeNumber(env, 'URL_TIMEOUT', 30)),
    maxBytes: wholeNumber(env, 'URL_MAX_BYTES', 10 * 1024 * 1024),
    shouldSkipVerification: flag(env, 'URL_INSECURE'),
    isPrivateAllowed: env['URL_ALLOW_PRIVATE'] === undefined || flag(env, 'URL_ALLOW_PRIVATE'),
    allowedHosts: (env['URL_ALLOWED_HOSTS'] ?? '')
      .split(',')
      .map((host) => host.trim().toLowerCase())
      .filter(Boolean),
    ...(caPath && { caPath }),
    proxyEnv: Object.fromEntries(proxies.flatMap((name) => (env[name] ? [[name, env[name]]] : []))),
  }
}
