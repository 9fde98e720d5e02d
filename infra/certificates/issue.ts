import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { backdateMs } from './held.ts'

/** A certificate and its private key, both PEM. */
export interface Pair {
  readonly certificate: string
  readonly key: string
}

/** A signed certificate for a server, and the authority that signed it. */
export interface Issued {
  readonly authority: Pair
  readonly serving: Pair
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const dayMs = 86_400_000

export const caValidDays = 3650
export const servingValidDays = 90

const generateKeys = async (): Promise<CryptoKeyPair> => crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])

const pemOfKey = async (key: CryptoKey): Promise<string> =>
  x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')

/** The private key of a PEM text. Throws where it is none. */
const readKey = async (pem: string): Promise<CryptoKey> =>
  crypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(pem), algorithm, true, ['sign'])

/** Positive and 16 bytes long, as RFC 5280 asks for. */
const serialNumber = (): string =>
  `01${[...crypto.getRandomValues(new Uint8Array(15))].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`

const validity = (now: Date, days: number) => ({
  notBefore: new Date(now.getTime() - backdateMs),
  notAfter: new Date(now.getTime() + days * dayMs),
})

/** An authority of our own, which signs nothing but the webhooks' certificates. */
export const issueAuthority = async (now: Date, validDays = caValidDays): Promise<Pair> => {
  const keys = await generateKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    // Two authorities of one name would be taken for each other.
    name: [{ CN: [`kubeopencode webhooks ${now.toISOString()}`] }],
    ...validity(now, validDays),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { certificate: certificate.toString('pem'), key: await pemOfKey(keys.privateKey) }
}

const isAddress = (name: string): boolean => /^[\d.]+$/.test(name) || name.includes(':')

/** A certificate for a server of these DNS names and addresses, signed by `authority`. It does not outlive it. */
export const issueServing = async (
  authority: Pair,
  names: readonly string[],
  now: Date,
  validDays = servingValidDays,
): Promise<Pair> => {
  const issuer = new x509.X509Certificate(authority.certificate)
  const keys = await generateKeys()
  const { notBefore, notAfter } = validity(now, validDays)
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ CN: ['kubeopencode webhooks'] }],
    issuer: issuer.subjectName,
    notBefore,
    notAfter: notAfter < issuer.notAfter ? notAfter : issuer.notAfter,
    publicKey: keys.publicKey,
    signingKey: await readKey(authority.key),
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isAddress(value) ? ('ip' as const) : ('dns' as const), value })),
      ),
    ],
  })
  return { certificate: certificate.toString('pem'), key: await pemOfKey(keys.privateKey) }
}

/** An authority and a certificate signed by it, from nothing. */
export const issue = async (options: {
  readonly names: readonly string[]
  readonly now: Date
  readonly caValidDays?: number
  readonly servingValidDays?: number
}): Promise<Issued> => {
  const authority = await issueAuthority(options.now, options.caValidDays)
  return { authority, serving: await issueServing(authority, options.names, options.now, options.servingValidDays) }
}
