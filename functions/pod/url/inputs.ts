import { HelperFault, flag, hostList, mayAsk, required, wholeNumber, type Env } from '../helper.ts'

export type UrlInputs = {
  readonly source: URL
  readonly target: string
  readonly mode: number
  /** Number of the slot in `target` that the content goes into; undefined where it is the whole file. */
  readonly slot?: number
  readonly headers: Readonly<Record<string, string>>
  /** The header that a Secret gives, of the same form. */
  readonly authority: Readonly<Record<string, string>>
  readonly timeoutSeconds: number
  readonly tries: number
  readonly maxBytes: number
  readonly shouldSkipVerification: boolean
  readonly isPrivateAllowed: boolean
  /** Undefined means any. */
  readonly allowedHosts?: readonly string[]
  readonly caPath?: string
  readonly proxyEnv: Env
}

const headerName = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/
const framing = /^(host|connection|content-length|transfer-encoding|te|trailer|upgrade|proxy-.*)$/i
const manyLines = /[\r\n\0]/

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
    if (!headerName.test(name) || framing.test(name) || typeof value !== 'string' || manyLines.test(value))
      throw new HelperFault(
        `The header "${name.slice(0, 50)}" in URL_HEADERS is not valid; use a plain name and one line of text.`,
      )
  return Object.fromEntries(entries as [string, string][])
}

/** One header from a Secret with `token`, with `username` and `password`, or with a whole `header`. */
const readAuthority = (env: Env): Record<string, string> => {
  const token = env['URL_AUTH_TOKEN']?.trim()
  const username = env['URL_AUTH_USERNAME']?.trim() ?? ''
  const password = env['URL_AUTH_PASSWORD']?.replace(/\r?\n$/, '') ?? ''
  const header = env['URL_AUTH_HEADER']?.trim()
  const secret = env['URL_SECRET']
  if ([token, username, password, header].some((value) => manyLines.test(value ?? '')))
    throw new HelperFault('The Secret for the URL has more than one line in a value; check it.')
  if (token) return { authorization: `Bearer ${token}` }
  if (username || password)
    return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
  if (header) {
    const [, name = '', value = ''] = /^([^:\s]+):\s*(.*)$/.exec(header) ?? []
    if (!headerName.test(name) || framing.test(name) || value === '')
      throw new HelperFault('The key "header" of the Secret for the URL must be of the form "Name: value".')
    return { [name.toLowerCase()]: value }
  }
  if (secret)
    throw new HelperFault(
      `Secret ${secret} does not exist or has none of the keys token, username and password, header; correct secretRef.`,
    )
  return {}
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

const proxyNames = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy']

/** Throws HelperFault. */
export const readUrlInputs = (env: Env): UrlInputs => {
  const target = required(env, 'URL_TARGET')
  if (!target.startsWith('/') || target.split('/').includes('..'))
    throw new HelperFault(`URL_TARGET must be an absolute path without "..", not "${target}".`)
  const mode = wholeNumber(env, 'URL_FILE_MODE', 0o644)
  if (mode > 0o777) throw new HelperFault('URL_FILE_MODE must be between 0 and 511 (0777).')
  const source = readUrl(required(env, 'URL_SOURCE'))
  const authority = readAuthority(env)
  const meant = hostList(env['URL_AUTH_HOSTS'])
  if (Object.keys(authority).length > 0 && !mayAsk(meant, source.href))
    throw new HelperFault(
      `The Secret for the URL is meant for ${meant?.join(', ')} and is not sent to ${source.host}; name another Secret.`,
    )
  const caPath = env['CUSTOM_CA_CERT_PATH']
  const allowedHosts = hostList(env['URL_ALLOWED_HOSTS'])
  return {
    source,
    target,
    mode,
    ...(env['URL_SLOT'] && { slot: wholeNumber(env, 'URL_SLOT', 0) }),
    headers: readHeaders(env['URL_HEADERS']),
    authority,
    timeoutSeconds: Math.max(1, wholeNumber(env, 'URL_TIMEOUT', 30)),
    tries: Math.max(1, wholeNumber(env, 'URL_RETRIES', 3)),
    maxBytes: wholeNumber(env, 'URL_MAX_BYTES', 10 * 1024 * 1024),
    shouldSkipVerification: flag(env, 'URL_INSECURE'),
    isPrivateAllowed: env['URL_ALLOW_PRIVATE'] === undefined || flag(env, 'URL_ALLOW_PRIVATE'),
    ...(allowedHosts && { allowedHosts }),
    ...(caPath && { caPath }),
    proxyEnv: Object.fromEntries(proxyNames.flatMap((name) => (env[name] ? [[name, env[name]]] : []))),
  }
}
