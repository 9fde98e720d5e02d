import { createPrivateKey, X509Certificate } from 'node:crypto'

/** What is kept in the Secret, all PEM. `ca.crt` may hold several authorities; `ca.key` is the key of the newest. */
export interface Stored {
  readonly 'ca.crt': string
  readonly 'ca.key': string
  readonly 'tls.crt': string
  readonly 'tls.key': string
}

export interface Life {
  readonly notBefore: Date
  readonly notAfter: Date
}

/** What a Secret holds, as far as its renewal is decided by it. */
export interface Held {
  /** Oldest first. */
  readonly authorities: readonly Life[]
  readonly serving: Life & {
    readonly names: readonly string[]
    /** Index of the authority that signed it. */ readonly signer: number
  }
}

/** Certificates begin this long before they are made, for apiservers whose clocks are behind. */
export const backdateMs = 5 * 60_000

const pemBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** What looks like certificates in a bundle, as one PEM text each. */
export const blocksOf = (bundle: string): string[] => bundle.match(pemBlock) ?? []

/** The certificates of a bundle, oldest first. Throws where one cannot be read. */
export const certificatesOf = (bundle: string): string[] =>
  blocksOf(bundle).toSorted((one, other) => lifeOf(one).notBefore.getTime() - lifeOf(other).notBefore.getTime())

export const lifeOf = (pem: string): Life => {
  const { validFromDate: notBefore, validToDate: notAfter } = new X509Certificate(pem)
  return { notBefore, notAfter }
}

/** Node tells them as `DNS:one.svc, IP Address:10.0.0.1`. */
const namesOf = ({ subjectAltName = '' }: X509Certificate): string[] =>
  subjectAltName.split(', ').map((name) => name.replace(/^(DNS|IP Address):/, ''))

/** What `stored` holds; undefined when its parts are missing, unreadable, or do not belong together. */
export const heldIn = (stored: Partial<Stored>): Held | undefined => {
  try {
    const authorities = certificatesOf(stored['ca.crt'] ?? '')
    const serving = new X509Certificate(stored['tls.crt'] ?? '')
    const newest = authorities.at(-1)
    if (newest === undefined || !new X509Certificate(newest).checkPrivateKey(createPrivateKey(stored['ca.key'] ?? '')))
      return undefined
    if (!serving.checkPrivateKey(createPrivateKey(stored['tls.key'] ?? ''))) return undefined
    const signer = authorities.findLastIndex((pem) => serving.verify(new X509Certificate(pem).publicKey))
    if (signer < 0) return undefined
    return {
      authorities: authorities.map(lifeOf),
      serving: { ...lifeOf(serving.toString()), names: namesOf(serving), signer },
    }
  } catch {
    return undefined
  }
}
