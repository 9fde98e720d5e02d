import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import * as z from 'zod'
import type { Caller } from '../apiserver.ts'
import { Problem } from '../problem.ts'
import type { ApiContext } from '../route.ts'
import { isLoopback } from './browser.ts'
import type { Seal } from './sealed.ts'

const cookieName = 'kubeopencode-session'

/** Browsers drop a cookie of more than 4096 bytes, its name and attributes included. */
const longestCookie = 3_800

export const longestSessionSeconds = 12 * 3600

/** Until when it holds, in seconds since 1970. */
const Session = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('token'), token: z.string(), until: z.number() }),
  z.object({ kind: z.literal('local'), until: z.number() }),
])

/** `exp` of a JSON web token; undefined for a token that is none. It is not proved here, and only shortens a session. */
const expiryOf = (token: string): number | undefined => {
  try {
    const [, claims = ''] = token.split('.')
    const { exp } = JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/'))) as { exp?: unknown }
    return typeof exp === 'number' ? exp : undefined
  } catch {
    return undefined
  }
}

const cookiePath = (basePath: string): string => (basePath === '' ? '/' : basePath)

export const openSession = async (
  c: ApiContext,
  caller: Caller,
  { seal, basePath, now }: { seal: Seal; basePath: string; now: Date },
): Promise<{ until: number }> => {
  const seconds = Math.floor(now.getTime() / 1000)
  const ends = caller.kind === 'token' ? expiryOf(caller.token) : undefined
  const until = Math.min(seconds + longestSessionSeconds, ends ?? Infinity)
  const sealed = await seal.seal({ ...caller, until })
  if (sealed.length > longestCookie)
    throw new Problem(
      400,
      'BadRequest',
      'this token is too long for the cookie of a browser; log in with a shorter one, such as kubectl create token makes, or have fewer groups put into it',
    )
  setCookie(c, cookieName, sealed, {
    path: cookiePath(basePath),
    httpOnly: true,
    sameSite: 'Strict',
    // On loopback there is no TLS, and nobody on the way.
    secure: !isLoopback(c.req.header('host')),
    // A day longer than it holds, so that a browser can be told that its session has ended.
    maxAge: Math.max(0, until - seconds) + 86_400,
  })
  return { until }
}

export const closeSession = (c: ApiContext, basePath: string): void => {
  deleteCookie(c, cookieName, { path: cookiePath(basePath) })
}

/** Whether the request has a session's cookie, good or not. */
export const hasSession = (c: ApiContext): boolean => getCookie(c, cookieName) !== undefined

/** Whose session the request's cookie holds; undefined where there is none that is good now. */
export const sessionOf = async (c: ApiContext, seal: Seal, now: Date): Promise<Caller | undefined> => {
  const sealed = getCookie(c, cookieName)
  if (sealed === undefined) return undefined
  const session = Session.safeParse(await seal.open(sealed)).data
  if (!session || session.until * 1000 <= now.getTime()) return undefined
  return session.kind === 'token' ? { kind: 'token', token: session.token } : { kind: 'local' }
}
