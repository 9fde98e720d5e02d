import type { ServerIdentity, ServerPasswords } from './ports.ts'

/** Length of the key, in bytes: as long as what HMAC-SHA-256 gives (RFC 2104, 3). */
export const passwordKeyBytes = 32

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

const base64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')

/**
 * Passwords made from one key: HMAC-SHA-256 of `namespace/name/uid`, 43 characters of base64url. The key is loaded at
 * the first use, and again after a failure, which every caller gets.
 */
export const passwordsFrom = (loadKey: () => Promise<Uint8Array<ArrayBuffer>>): ServerPasswords => {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const load = async (): Promise<CryptoKey> =>
    crypto.subtle.importKey('raw', await loadKey(), algorithm, false, ['sign'])
  let key: Promise<CryptoKey> | undefined
  return {
    of: async ({ namespace, name, uid }: ServerIdentity) => {
      key ??= load()
      const loaded = await key.catch((error: unknown) => {
        key = undefined
        throw error
      })
      const code = await crypto.subtle.sign('HMAC', loaded, bytesOf(`${namespace}/${name}/${uid}`))
      const password = base64Url(new Uint8Array(code))
      return { password, digest: hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytesOf(password)))) }
    },
  }
}
