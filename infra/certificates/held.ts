import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { readKey } from './issue.ts'

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

const pemBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** What looks like certificates in a bundle, as one PEM text each. */
export const blocksOf = (bundle: string): string[] => bundle.match(pemBlock) ?? []

/** The certificates of a bundle, oldest first. Throws where one cannot be read. */
export const certificatesOf = (bundle: string): string[] =>
  blocksOf(bundle).toSorted((one, other) => lifeOf(one).notBefore.getTime() - lifeOf(other).notBefore.getTime())

export const lifeOf = (pem: string): Life => {
  const { notBefore, notAfter } = new x509.X509Certificate(pem)
  return { notBefore, notAfter }
}

const belongsTo = async (key: string, certificate: x509.X509Certificate): Promise<boolean> => {
  const text = new TextEncoder().encode('kubeopencode')
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, await readKey(key), text)
  return crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, await certificate.publicKey.export(), signature, text)
}

const namesOf = (certificate: x509.X509Certificate): string[] =>
  certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.items.map(({ value }) => value) ?? []

/** What `stored` holds; undefined when its parts are missing, unreadable, or do not belong together. */
export const heldIn = async (stored: Partial<Stored>): Promise<Held | undefined> => {
  try {
    const authorities = certificatesOf(stored['ca.crt'] ?? '').map((pem) => new x509.X509Certificate(pem))
    const serving = new x509.X509Certificate(stored['tls.crt'] ?? '')
    const newest = authorities.at(-1)
    if (!newest || !(await belongsTo(stored['ca.key'] ?? '', newest))) return undefined
    if (!(await belongsTo(stored['tls.key'] ?? '', serving))) return undefined
    const signed = await Promise.all(
      authorities.map(({ publicKey }) => serving.verify({ publicKey, signatureOnly: true })),
    )
    const signer = signed.lastIndexOf(true)
    if (signer < 0) return undefined
    return {
      authorities: authorities.map(({ notBefore, notAfter }) => ({ notBefore, notAfter })),
      serving: { notBefore: serving.notBefore, notAfter: serving.notAfter, names: namesOf(serving), signer },
    }
  } catch {
    return undefined
  }
}
