import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import * as z from 'zod'
import { queryOf } from '../inputs.ts'
import { badRequest, Problem, problemFrom, unauthorized } from '../problem.ts'
import type { ApiContext, Route } from '../route.ts'
import { isLoopback } from './browser.ts'
import type { ApiserverOf, Caller } from '../apiserver.ts'
import type { Clock } from '../../../shared/ports.ts'
import { isToken } from './callers.ts'
import type { Oidc } from './oidc.ts'
import type { Seal } from './sealed.ts'
import { openSession } from './session.ts'
import { userOf } from './user.ts'

export interface OidcLoginDeps {
  readonly apiserverOf: ApiserverOf
  readonly basePath: string
  readonly clock: Clock
}

export const oidcPath = '/api/v1/login/oidc'
export const callbackPath = `${oidcPath}/callback`

/** One for each login under way, so that two tabs can log in at once. */
const cookieName = (state: string): string => `kubeopencode-login-${state.slice(0, 16)}`

/** A person may have to find a second factor first. */
const longestSeconds = 600

const Leaving = z.object({
  kind: z.literal('oidc'),
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  /** Where the login began, below the base path. */
  page: z.string(),
  until: z.number(),
})

const Query = z.object({
  page: z
    .string()
    .max(1024)
    .regex(/^\/([^/\\\s][^\\\s]*)?$/, 'must be the path of a page here, such as /tasks')
    // Nobody is kept from a login for the way back from it.
    .catch('/')
    .describe('The page to come back to, below the base path; the first one where it is none.'),
})

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)

/**
 * A page that a person comes to from another site. The session's cookie is of SameSite=Strict, which a browser does not
 * send along on a way that began elsewhere, redirections included: so the next step is one that this page makes.
 */
const page = (c: ApiContext, status: number, text: string, home: string, isDone: boolean): Response =>
  c.html(
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>KubeOpenCode</title>${isDone ? `<meta http-equiv="refresh" content="0; url=${escaped(home)}">` : ''}<p>${escaped(text)}</p><p><a href="${escaped(home)}">${isDone ? 'Go on' : 'Back to the login'}</a></p></html>`,
    status as 200,
    // Without `sandbox`, which would keep the page from going on.
    { 'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'" },
  )

const cookieOf = (c: ApiContext, basePath: string) =>
  ({
    path: `${basePath}${oidcPath}`,
    httpOnly: true,
    // It has to come along when the provider sends the browser back; it opens nothing by itself.
    sameSite: 'Lax',
    secure: !isLoopback(c.req.header('host')),
  }) as const

const leavingOf = async (c: ApiContext, seal: Seal, now: Date) => {
  const sealed = getCookie(c, cookieName(c.req.query('state') ?? ''))
  const leaving = sealed === undefined ? undefined : Leaving.safeParse(await seal.open(sealed)).data
  if (!leaving || leaving.until * 1000 <= now.getTime())
    throw badRequest('this browser has not begun to log in here, or more than ten minutes ago; log in again')
  return leaving
}

/** Whom the apiserver takes for the owner of the token; says what is to be done where it takes it for nobody's. */
const provenBy = async ({ apiserverOf }: OidcLoginDeps, oidc: Oidc, token: string): Promise<Caller> => {
  if (!isToken(token)) throw unauthorized(`the token of ${oidc.issuer} is none that a header can carry`)
  const caller: Caller = { kind: 'token', token }
  await userOf(apiserverOf(caller)).catch((error: unknown) => {
    if (!(error instanceof Problem) || error.code !== 401) throw error
    throw unauthorized(
      `${oidc.issuer} knows you, and the apiserver does not take its tokens: it has to trust this issuer with the audience ${oidc.clientId}`,
    )
  })
  return caller
}

/** A browser is shown what has gone wrong, and the way back to the login. */
const asPage =
  (home: string, handle: Route['handle']): Route['handle'] =>
  async (c) => {
    try {
      return await handle(c)
    } catch (error) {
      const problem = problemFrom(error)
      if (!problem) throw error
      return page(c, problem.code, `${problem.message}.`, `${home}login`, false)
    }
  }

/** The way through an identity provider, where one is configured. */
export const oidcRoutes = (deps: OidcLoginDeps, oidc: Oidc, seal: Seal): Route[] => [
  {
    method: 'GET',
    path: oidcPath,
    summary: 'Sends a browser to the identity provider to log in',
    isOpen: true,
    query: Query,
    answer: { status: 302 },
    handle: asPage(`${deps.basePath}/`, async (c) => {
      const { page: origin } = queryOf(c, Query)
      const { url, leaving } = await oidc.leave()
      const until = Math.floor(deps.clock.now().getTime() / 1000) + longestSeconds
      const sealed = await seal.seal({ kind: 'oidc', ...leaving, page: origin, until } satisfies z.infer<
        typeof Leaving
      >)
      setCookie(c, cookieName(leaving.state), sealed, { ...cookieOf(c, deps.basePath), maxAge: longestSeconds })
      return c.redirect(url, 302)
    }),
  },
  {
    method: 'GET',
    path: callbackPath,
    summary: 'Where the identity provider sends the browser back to; gives the session cookie',
    isOpen: true,
    answer: { type: 'text/html' },
    handle: asPage(`${deps.basePath}/`, async (c) => {
      const { basePath, clock } = deps
      const leaving = await leavingOf(c, seal, clock.now())
      // What a login needs serves once, also one that fails.
      deleteCookie(c, cookieName(leaving.state), cookieOf(c, basePath))
      const token = await oidc.comeBack(new URL(c.req.url).searchParams, leaving)
      await openSession(c, await provenBy(deps, oidc, token), { seal, basePath, now: clock.now() })
      return page(c, 200, 'You are logged in.', `${basePath}${leaving.page}`, true)
    }),
  },
]
