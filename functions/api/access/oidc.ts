import * as oauth from 'oauth4webapi'
import { codeOf } from '../../../shared/errors.ts'
import { Problem, unauthorized } from '../problem.ts'

/** An identity provider whose tokens the apiserver takes (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#openid-connect-tokens). */
export interface OidcOptions {
  /** Address of the provider, https, exactly as the apiserver knows it. */
  readonly issuer: string
  readonly clientId: string
  /** A client without one proves itself by PKCE alone. */
  readonly clientSecret?: string
  readonly scopes: readonly string[]
  /** Address of the callback as browsers reach it, registered with the provider. */
  readonly redirectUri: string
  /** With the trust in the provider. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
}

/** What one login has to remember between leaving for the provider and coming back. */
export interface Leaving {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

export interface Oidc {
  readonly issuer: string
  readonly clientId: string
  /** Where to send the browser, and what to remember until it comes back. Throws Problem where the provider is away. */
  readonly leave: () => Promise<{ readonly url: string; readonly leaving: Leaving }>
  /** The ID token, for what the browser brings back. Throws Problem. */
  readonly comeBack: (answer: URLSearchParams, leaving: Leaving) => Promise<string>
}

const timeoutMs = 10_000

/** A provider's metadata and tokens have a few kilobytes. */
const mostBytes = 256 * 1024

/** A provider that moves its endpoints is noticed after this. */
const metadataMs = 10 * 60_000
const failureMs = 5_000

/** One answer, whole, in time and within bounds. */
const boundedFetch =
  (fetch: OidcOptions['fetch']): OidcOptions['fetch'] =>
  async (url, init) => {
    const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) })
    const parts: Uint8Array<ArrayBuffer>[] = []
    let size = 0
    for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array<ArrayBuffer>>) {
      size += part.byteLength
      if (size > mostBytes) throw new Error(`its answer has more than ${mostBytes / 1024} KiB`)
      parts.push(part)
    }
    const { status, headers } = response
    return new Response(size > 0 ? new Blob(parts) : null, { status, headers })
  }

/** Words of the protocol, such as `access_denied`; whatever else a provider or a forger has written is left out. */
const wordOf = (text: string): string => (/^[a-z_]{1,64}$/.test(text) ? text : 'another error')

/** Why a provider cannot be used, without anything that was sent to it or came from it. */
const reasonOf = (error: unknown): string => {
  if (error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError)
    return error.message
  if (error instanceof Error && error.name === 'TimeoutError') return `it did not answer within ${timeoutMs / 1000} s`
  if (error instanceof Error && error.message.startsWith('its answer')) return error.message
  const code = codeOf(error)
  return code === undefined ? 'it cannot be reached' : `it cannot be reached (${code})`
}

const away = (issuer: string, cause: unknown): Problem =>
  new Problem(503, 'ServiceUnavailable', `nobody can log in with ${issuer} now: ${reasonOf(cause)}`, { cause })

/** What only who runs this server can mend. */
const misconfigured = (issuer: string, word: string, what: string): Problem =>
  new Problem(
    503,
    'ServiceUnavailable',
    `${issuer} does not serve this server (${wordOf(word)}): its ${what} differ from what is registered there`,
  )

/** What the provider says to the code, as far as it is the person's or the operator's to know. */
const refusal = (issuer: string, word: string): Problem =>
  word === 'invalid_grant'
    ? unauthorized('this login took too long, or was used before; log in again')
    : misconfigured(issuer, word, 'client id, secret or redirect address')

/** What a person may do better the next time; all else that a provider answers instead of a code is for the operator. */
const personal = new Set(['access_denied', 'login_required', 'interaction_required', 'consent_required'])

/** Authorization code flow with PKCE, state and nonce (OpenID Connect Core 1.0, section 3.1; RFC 7636). */
export const createOidc = (options: OidcOptions): Oidc => {
  const { issuer, clientId, clientSecret, scopes, redirectUri } = options
  const http = { [oauth.customFetch]: boundedFetch(options.fetch) as never }
  const client: oauth.Client = { client_id: clientId }
  let known: { readonly server: Promise<oauth.AuthorizationServer>; until: number } | undefined

  const discover = async (): Promise<oauth.AuthorizationServer> => {
    const url = new URL(issuer)
    const response = await oauth.discoveryRequest(url, { algorithm: 'oidc', ...http })
    return oauth.processDiscoveryResponse(url, response)
  }

  /** Asked for once, by however many; a failure is the answer of all for a moment, so that nobody can aim us at a provider. */
  const discovered = (): Promise<oauth.AuthorizationServer> => {
    if (known && known.until > performance.now()) return known.server
    const asked = { server: discover(), until: performance.now() + metadataMs }
    asked.server.catch(() => (asked.until = performance.now() + failureMs))
    known = asked
    return asked.server
  }

  const proof = ({ token_endpoint_auth_methods_supported: methods }: oauth.AuthorizationServer): oauth.ClientAuth => {
    if (clientSecret === undefined) return oauth.None()
    // What goes without saying is Basic (OpenID Connect Discovery 1.0, section 3).
    const isBasic = methods === undefined || methods.includes('client_secret_basic')
    return isBasic ? oauth.ClientSecretBasic(clientSecret) : oauth.ClientSecretPost(clientSecret)
  }

  return {
    issuer,
    clientId,
    leave: async () => {
      const leaving = {
        state: oauth.generateRandomState(),
        nonce: oauth.generateRandomNonce(),
        verifier: oauth.generateRandomCodeVerifier(),
      }
      const server = await discovered().catch((error: unknown) => {
        throw away(issuer, error)
      })
      if (server.authorization_endpoint === undefined)
        throw away(issuer, new oauth.OperationProcessingError('its metadata has no authorization_endpoint'))
      const url = new URL(server.authorization_endpoint)
      const parameters = {
        client_id: clientId,
        redirect_uri: redirectUri,
        response_type: 'code',
        scope: scopes.join(' '),
        state: leaving.state,
        nonce: leaving.nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(leaving.verifier),
        code_challenge_method: 'S256',
      }
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
      return { url: url.href, leaving }
    },

    comeBack: async (answer, { state, nonce, verifier }) => {
      let server: oauth.AuthorizationServer
      try {
        server = await discovered()
      } catch (error) {
        throw away(issuer, error)
      }
      let code: URLSearchParams
      try {
        code = oauth.validateAuthResponse(server, client, answer, state)
      } catch (error) {
        if (error instanceof oauth.AuthorizationResponseError)
          throw personal.has(error.error)
            ? unauthorized(`${issuer} has not logged you in (${wordOf(error.error)}); log in again, or with a token`)
            : misconfigured(issuer, error.error, 'client id, scopes or redirect address')
        throw new Problem(400, 'BadRequest', 'this answer belongs to no login of this browser; log in again', {
          cause: error,
        })
      }
      try {
        const response = await oauth.authorizationCodeGrantRequest(
          server,
          client,
          proof(server),
          code,
          redirectUri,
          verifier,
          http,
        )
        // Its signature is proved by the apiserver, to which the token goes with every request.
        const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
          expectedNonce: nonce,
          requireIdToken: true,
        })
        return tokens.id_token ?? ''
      } catch (error) {
        if (error instanceof oauth.ResponseBodyError) throw refusal(issuer, error.error)
        // A provider that asks for Basic answers a wrong secret with a challenge (RFC 6749, section 5.2).
        if (error instanceof oauth.WWWAuthenticateChallengeError) throw refusal(issuer, 'invalid_client')
        throw away(issuer, error)
      }
    },
  }
}
