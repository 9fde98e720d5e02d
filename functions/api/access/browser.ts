import type { MiddlewareHandler } from 'hono'
import { Problem } from '../problem.ts'

const safe = new Set(['GET', 'HEAD', 'OPTIONS'])

/** The name in a Host header or an authority, without its port. */
const nameOf = (host: string): string => host.replace(/:\d+$/, '').toLowerCase()

const loopbacks = new Set(['localhost', '127.0.0.1', '[::1]'])

export const isLoopback = (host: string | undefined): boolean => host !== undefined && loopbacks.has(nameOf(host))

const forbidden = (message: string): Problem => new Problem(403, 'Forbidden', message)

const authorityOf = (origin: string): string | undefined => {
  const url = URL.canParse(origin) ? new URL(origin) : undefined
  return url && (url.protocol === 'http:' || url.protocol === 'https:') ? url.host : undefined
}

/** Without the port that goes without saying, which an Origin leaves out and a Host header may have. */
const withoutUsualPort = (host: string): string => host.toLowerCase().replace(/:(80|443)$/, '')

/**
 * Whether a page of this server made the request, as far as the browser says. A cookie without a word of where the
 * request comes from is not enough to change something.
 */
export const checkOrigin = (headers: Headers, options: { isUnsafe: boolean; hasCookie: boolean }): void => {
  const host = headers.get('host') ?? ''
  const origin = headers.get('origin')
  const site = headers.get('sec-fetch-site')
  if (origin !== null) {
    const authority = authorityOf(origin)
    if (authority === undefined || withoutUsualPort(authority) !== withoutUsualPort(host))
      throw forbidden(`a page of ${JSON.stringify(origin.slice(0, 128))} may not use this server`)
  }
  if (!options.hasCookie) return
  if (site !== null && site !== 'same-origin' && site !== 'none')
    throw forbidden('a page of another site may not use your session')
  if (options.isUnsafe && origin === null && site !== 'same-origin')
    throw forbidden(
      'a request that changes something with a session has to say its Origin; without a browser, send a bearer token instead',
    )
}

/** Names under which the server may be called; any where the list is undefined. Keeps names that others made point here out. */
export const checkHost = (host: string | undefined, hosts: readonly string[] | undefined): void => {
  if (hosts === undefined) return
  if (host === undefined || !hosts.includes(nameOf(host)))
    throw new Problem(
      421,
      'Misdirected',
      `this server is not ${JSON.stringify((host ?? '').slice(0, 128))}; call it by a name it was given`,
    )
}

/** `arrivals` are paths to which another site sends a person; what they do they prove by something of this server's own. */
export const browserChecks =
  (hosts: readonly string[] | undefined, arrivals: readonly string[] = []): MiddlewareHandler =>
  async (c, next) => {
    const { headers } = c.req.raw
    // A WebSocket begins as a GET, is no subject of CORS, and does everything.
    const isUnsafe = !safe.has(c.req.method) || headers.get('upgrade') !== null
    checkHost(headers.get('host') ?? undefined, hosts)
    if (isUnsafe || !arrivals.includes(c.req.path)) checkOrigin(headers, { isUnsafe, hasCookie: headers.has('cookie') })
    await next()
  }

/** What a browser may do with an answer of the API: nothing but read it, from this server's own pages. */
export const answerHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}
