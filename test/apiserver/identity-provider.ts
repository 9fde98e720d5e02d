import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'
import type { OidcOptions } from '../../functions/api/access/oidc.ts'
import { providerFetch } from '../../infra/node/server/provider-fetch.ts'
import { selfSigned } from '../pod/self-signed.ts'

export interface IdentityProvider {
  readonly issuer: string
  /** PEM of who vouches for it. */
  readonly authority: string
  readonly fetch: OidcOptions['fetch']
  readonly close: () => Promise<void>
}

const signingKey = async (): Promise<object> => {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  }
  const { privateKey } = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  return { ...(await crypto.subtle.exportKey('jwk', privateKey)), use: 'sig', alg: 'RS256', kid: 'one' }
}

/** A certified OpenID provider with TLS and an authority of its own, at which anybody is who they say they are. */
export const startIdentityProvider = async (
  client: { readonly id: string; readonly secret: string; readonly redirectUri: string },
  idTokenSeconds: number,
): Promise<IdentityProvider> => {
  const { key, cert } = await selfSigned('127.0.0.1')
  let answer: RequestListener = (_, response) => void response.writeHead(503).end()
  const server = createServer({ key, cert }, (request: IncomingMessage, response: ServerResponse) =>
    answer(request, response),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(issuer, {
    clients: [{ client_id: client.id, client_secret: client.secret, redirect_uris: [client.redirectUri] }],
    cookies: { keys: ['a key for a test'] },
    jwks: { keys: [await signingKey()] },
    pkce: { required: () => true },
    ttl: { IdToken: idTokenSeconds, AccessToken: 60, Grant: 600, Interaction: 600, Session: 600 },
  })
  answer = provider.callback()
  return {
    issuer,
    authority: cert,
    fetch: providerFetch(cert),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** A browser as far as logins need one: cookies by origin, redirections, and forms. Gives the address it ends at, unasked. */
export const createBrowser = (fetch: OidcOptions['fetch']) => {
  const jar = new Map<string, Map<string, string>>()
  const cookiesOf = (url: string): Map<string, string> => {
    const { origin } = new URL(url)
    const cookies = jar.get(origin) ?? new Map<string, string>()
    jar.set(origin, cookies)
    return cookies
  }
  const ask = async (url: string, form?: Readonly<Record<string, string>>): Promise<Response> => {
    const cookies = cookiesOf(url)
    const response = await fetch(url, {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: {
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        'sec-fetch-site': 'cross-site',
        ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(form && { body: String(new URLSearchParams(form)) }),
    })
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
      if (value === '' || /max-age=0/i.test(set)) cookies.delete(name)
      else cookies.set(name, value)
    }
    return response
  }
  /** From page to page until there is one to read. */
  const go = async (url: string, form?: Readonly<Record<string, string>>): Promise<{ url: string; page: Response }> => {
    const page = await ask(url, form)
    const location = page.headers.get('location')
    if (location === null || page.status < 300 || page.status > 399) return { url, page }
    await page.body?.cancel()
    return go(new URL(location, url).href)
  }
  return { go, cookies: (url: string) => Object.fromEntries(cookiesOf(url)) }
}
