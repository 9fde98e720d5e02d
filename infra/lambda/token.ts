import { Sha256 } from '@aws-crypto/sha256-js'
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'

export interface TokenOptions {
  /** Name of the EKS cluster; a token is for this one alone. */
  readonly cluster: string
  readonly region: string
  readonly credentials: () => Promise<{
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }>
  readonly now: () => Date
}

/** STS lets the link be followed for so long; EKS takes the token for 15 minutes in all. */
const linkSeconds = 60
/** A token is made anew this long before EKS stops taking it, also on an instance that was frozen meanwhile. */
const freshMs = 10 * 60_000

const base64url = (text: string): string => btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')

/**
 * Tokens for an EKS cluster: a signed link to STS GetCallerIdentity, by which EKS asks AWS who we are. Nothing is sent
 * to AWS for it. https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster
 */
export const eksTokens = ({ cluster, region, credentials, now }: TokenOptions): (() => Promise<string>) => {
  const signer = new SignatureV4({ service: 'sts', region, credentials, sha256: Sha256 })
  let known: { readonly token: string; readonly madeAt: number } | undefined
  return async () => {
    const at = now()
    if (known && at.getTime() - known.madeAt < freshMs) return known.token
    const hostname = `sts.${region}.amazonaws.com`
    const request = new HttpRequest({
      method: 'GET',
      protocol: 'https:',
      hostname,
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host: hostname, 'x-k8s-aws-id': cluster },
    })
    const { query = {} } = await signer.presign(request, {
      expiresIn: linkSeconds,
      signingDate: at,
      unhoistableHeaders: new Set(['x-k8s-aws-id']),
    })
    const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))
    const token = `k8s-aws-v1.${base64url(`https://${hostname}/?${search}`)}`
    known = { token, madeAt: at.getTime() }
    return token
  }
}
