import { rootCertificates } from 'node:tls'
import { Agent, fetch } from 'undici'
import type { OidcOptions } from '../../../functions/api/access/oidc.ts'

/** Fetches from the identity provider, with its own authority beside those that everybody trusts. */
export const providerFetch = (authority: string | undefined): OidcOptions['fetch'] => {
  if (authority === undefined) return (url, init) => globalThis.fetch(url, init)
  const dispatcher = new Agent({ connect: { ca: [...rootCertificates, authority] } })
  return (url, init) => fetch(url, { ...init, dispatcher } as never) as unknown as Promise<Response>
}
