import { getCACertificates } from 'node:tls'
import { Agent, EnvHttpProxyAgent, fetch } from 'undici'
import type { OidcOptions } from '../../../functions/api/access/oidc.ts'

/**
 * Fetches from the identity provider, with its own authority beside those that Node trusts, and through a proxy where Node
 * is told to use one. https://nodejs.org/api/cli.html#node_use_env_proxy1
 */
export const providerFetch = (authority: string | undefined, variables = process.env): OidcOptions['fetch'] => {
  if (authority === undefined) return (url, init) => globalThis.fetch(url, init)
  const connect = { ca: [...getCACertificates(), authority] }
  const dispatcher =
    variables['NODE_USE_ENV_PROXY'] === '1'
      ? new EnvHttpProxyAgent({ connect, requestTls: connect, proxyTls: connect })
      : new Agent({ connect })
  return (url, init) => fetch(url, { ...init, dispatcher } as never) as unknown as Promise<Response>
}
