import * as z from 'zod'
import type { Caller } from '../apiserver.ts'
import { fieldOf } from '../../../shared/field-path.ts'
import { structuredBody } from '../objects/body.ts'
import { badRequest, unauthorized } from '../problem.ts'
import type { ApiContext, Route } from '../route.ts'
import type { Access } from './callers.ts'
import { isToken } from './callers.ts'
import type { OidcLoginDeps } from './oidc-routes.ts'
import { oidcPath, oidcRoutes } from './oidc-routes.ts'
import { closeSession, openSession } from './session.ts'
import { User, userOf } from './user.ts'

export const LoginBody = z.object({
  token: z.string().optional().describe('Where the mode is token.'),
  code: z.string().max(64).optional().describe('Where the mode is local: what the terminal shows.'),
})

export const LoginState = z.object({
  mode: z.enum(['token', 'local']).describe('What a login takes: a token, or the code that the terminal shows.'),
  user: User.optional().describe('Who is logged in.'),
  oidc: z
    .object({ issuer: z.string(), path: z.string().describe('Where a browser goes to log in with it.') })
    .optional()
    .describe('The identity provider, where one is configured.'),
})

export interface LoginDeps extends OidcLoginDeps {
  readonly access: Access
}

const proven = async (body: z.infer<typeof LoginBody>, access: Access): Promise<Caller> => {
  if (access.mode === 'token') {
    if (body.token === undefined) throw badRequest('token is missing; a login here takes {"token": "…"}')
    if (!isToken(body.token)) throw unauthorized('this is no token; kubectl create token NAME makes one')
    return { kind: 'token', token: body.token }
  }
  if (body.code === undefined)
    throw badRequest('code is missing; a login here takes {"code": "…"}, as the terminal shows it')
  if (!(await access.code.take(body.code))) throw unauthorized('this is not the code that the terminal shows now')
  return { kind: 'local' }
}

export const loginRoutes = (deps: LoginDeps): Route[] => {
  const { access } = deps
  const oidc = access.mode === 'token' && access.oidc ? oidcRoutes(deps, access.oidc, access.seal) : []
  return [...ownRoutes(deps), ...oidc]
}

const ownRoutes = ({ access, apiserverOf, basePath, clock }: LoginDeps): Route[] => [
  {
    method: 'GET',
    path: '/api/v1/login',
    summary: 'What a login takes here, and who is logged in',
    isOpen: true,
    answer: { shape: LoginState },
    handle: async (c) => {
      const { caller } = c.var
      const user = caller && (await userOf(apiserverOf(caller)).catch(() => undefined))
      const oidc = access.mode === 'token' ? access.oidc : undefined
      return c.json({
        mode: access.mode,
        ...(user && { user }),
        ...(oidc && { oidc: { issuer: oidc.issuer, path: oidcPath } }),
      })
    },
  },
  {
    method: 'POST',
    path: '/api/v1/login',
    summary: 'Prove a token once and get a session cookie for it',
    isOpen: true,
    body: LoginBody,
    answer: { shape: User },
    handle: async (c: ApiContext) => {
      const body = LoginBody.safeParse(await structuredBody(c))
      if (!body.success)
        throw badRequest(
          body.error.issues.map(({ path, message }) => `${fieldOf(path) || 'the body'}: ${message}`).join('; '),
        )
      const caller = await proven(body.data, access)
      const user = await userOf(apiserverOf(caller))
      await openSession(c, caller, { seal: access.seal, basePath, now: clock.now() })
      return c.json(user)
    },
  },
  {
    method: 'POST',
    path: '/api/v1/logout',
    summary: 'Forget the session of this browser',
    isOpen: true,
    answer: { status: 204 },
    handle: (c) => {
      closeSession(c, basePath)
      return c.body(null, 204)
    },
  },
]
