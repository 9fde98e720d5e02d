import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'

/** Who a certificate is for: `user` and `groups` as Kubernetes reads them, `hosts` as a client checks them. */
export type Identity = {
  readonly file: string
  readonly user: string
  readonly groups?: readonly string[]
  readonly hosts?: readonly string[]
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const YEARS = 10

const certificateFile = (folder: string, name: string): string => join(folder, `${name}.pem`)
const keyFile = (folder: string, name: string): string => join(folder, `${name}-key.pem`)

const generateKeys = (): Promise<CryptoKeyPair> => crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])

const pemOfKey = async (key: CryptoKey): Promise<string> =>
  x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')

/** The key is written first and the certificate renamed into place, so a certificate is never without its key. */
const save = async (folder: string, name: string, key: CryptoKey, certificate: string): Promise<void> => {
  writeFileSync(keyFile(folder, name), await pemOfKey(key), { mode: 0o600 })
  writeFileSync(`${certificateFile(folder, name)}.new`, certificate)
  renameSync(`${certificateFile(folder, name)}.new`, certificateFile(folder, name))
}

const validity = (): { readonly notBefore: Date; readonly notAfter: Date } => {
  const now = Date.now()
  return { notBefore: new Date(now - 3_600_000), notAfter: new Date(now + YEARS * 365 * 86_400_000) }
}

const serial = (): string => `01${randomBytes(15).toString('hex')}`

const createAuthority = async (folder: string): Promise<void> => {
  const keys = await generateKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: [{ CN: ['kubeopencode local cluster'] }],
    ...validity(),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  await save(folder, 'ca', keys.privateKey, certificate.toString('pem'))
}

const authorityOf = async (folder: string): Promise<{ certificate: x509.X509Certificate; key: CryptoKey }> => {
  const certificate = new x509.X509Certificate(readFileSync(certificateFile(folder, 'ca'), 'utf8'))
  const der = x509.PemConverter.decodeFirst(readFileSync(keyFile(folder, 'ca'), 'utf8'))
  return { certificate, key: await crypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']) }
}

const isAddress = (host: string): boolean => /^[\d.]+$/.test(host) || host.includes(':')

const issue = async (folder: string, { file, user, groups = [], hosts = [] }: Identity): Promise<void> => {
  const authority = await authorityOf(folder)
  const keys = await generateKeys()
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: [{ CN: [user] }, ...groups.map((group) => ({ O: [group] }))],
    issuer: authority.certificate.subjectName,
    ...validity(),
    publicKey: keys.publicKey,
    signingKey: authority.key,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth, x509.ExtendedKeyUsage.serverAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey),
      ...(hosts.length
        ? [
            new x509.SubjectAlternativeNameExtension(
              hosts.map((value) => ({ type: isAddress(value) ? ('ip' as const) : ('dns' as const), value })),
            ),
          ]
        : []),
    ],
  })
  await save(folder, file, keys.privateKey, certificate.toString('pem'))
}

/** Makes the certificates that are missing in `folder`: the authority, one per identity, the service account key. */
export const ensureCertificates = async (folder: string, identities: readonly Identity[]): Promise<void> => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (!existsSync(certificateFile(folder, 'ca'))) await createAuthority(folder)
  for (const identity of identities)
    if (!existsSync(certificateFile(folder, identity.file))) await issue(folder, identity)
  if (!existsSync(serviceAccountKeys(folder).public)) await createServiceAccountKeys(folder)
}

/** Tokens of ServiceAccounts are signed with the one and checked with the other. */
export const serviceAccountKeys = (folder: string): { readonly private: string; readonly public: string } => ({
  private: keyFile(folder, 'service-account'),
  public: join(folder, 'service-account.pub'),
})

const createServiceAccountKeys = async (folder: string): Promise<void> => {
  const files = serviceAccountKeys(folder)
  const keys = await generateKeys()
  const publicKey = x509.PemConverter.encode(await crypto.subtle.exportKey('spki', keys.publicKey), 'PUBLIC KEY')
  writeFileSync(files.private, await pemOfKey(keys.privateKey), { mode: 0o600 })
  writeFileSync(`${files.public}.new`, publicKey)
  renameSync(`${files.public}.new`, files.public)
}

/** The three files a client or server of TLS is configured with. */
export const tlsFiles = (folder: string, name: string): { ca: string; certificate: string; key: string } => ({
  ca: certificateFile(folder, 'ca'),
  certificate: certificateFile(folder, name),
  key: keyFile(folder, name),
})
