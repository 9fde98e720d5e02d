import type { Caller } from '../apiserver.ts'
import { unauthorized } from '../problem.ts'
import type { ApiContext } from '../route.ts'
import type { LoginCode } from './login-code.ts'
import type { Oidc } from './oidc.ts'
import type { Seal } from './sealed.ts'
import { sessionOf } from './session.ts'

/** How callers prove who they are. */
export type Access =
  /** In a cluster: with a token that the apiserver knows, also one of an identity provider. */
  | { readonly mode: 'token'; readonly seal: Seal; readonly oidc?: Oidc | undefined }
  /** On a person's own machine: with what that person's terminal shows. */
  | { readonly mode: 'local'; readonly seal: Seal; readonly code: LoginCode }

/** Longer ones are nobody's: the largest tokens of identity providers have a few kilobytes. */
const longestToken = 16 * 1024

/** RFC 6750, section 2.1. */
const bearer = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i

/** Checks the form of a token alone; whose it is the apiserver says. */
export const isToken = (text: string): boolean => text.length <= longestToken && bearer.test(`Bearer ${text}`)

/** Whoever asks; undefined where the request does not say. Throws where it says it wrongly: nothing else is tried then. */
export const callerOf = async (c: ApiContext, access: Access, now: Date): Promise<Caller | undefined> => {
  const header = c.req.header('authorization')
  if (header === undefined) return sessionOf(c, access.seal, now)
  if (access.mode === 'local')
    throw unauthorized('this server takes no tokens: log in with the code that the terminal shows')
  const token = header.length > longestToken + 16 ? undefined : bearer.exec(header)?.[1]
  if (token === undefined)
    throw unauthorized('the Authorization header is not one bearer token; send: Authorization: Bearer TOKEN')
  return { kind: 'token', token }
}
