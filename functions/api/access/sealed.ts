/** What a browser keeps for the server and can neither read nor change: AES-GCM with a key of the server's. */
export interface Seal {
  readonly seal: (value: object) => Promise<string>
  /** Undefined for whatever this key did not seal. */
  readonly open: (text: string) => Promise<unknown>
}

const ivBytes = 12

/** Names the use, so that something sealed for another one does not open here. */
const purpose = new TextEncoder().encode('kubeopencode session v1')

const toText = (bytes: Uint8Array): string => {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

const toBytes = (text: string): Uint8Array<ArrayBuffer> | undefined => {
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0))
  } catch {
    return undefined
  }
}

/** `secret` has 32 bytes or more that nobody can guess; copies of a server that share it open what each other sealed. */
export const createSeal = async (secret: Uint8Array<ArrayBuffer>): Promise<Seal> => {
  if (secret.byteLength < 32)
    throw new Error('the key of sessions has fewer than 32 bytes; make one with: openssl rand -base64 32')
  const material = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey'])
  const key = await crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: purpose },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  )
  return {
    seal: async (value) => {
      const iv = crypto.getRandomValues(new Uint8Array(ivBytes))
      const text = new TextEncoder().encode(JSON.stringify(value))
      const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: purpose }, key, text)
      return `${toText(iv)}.${toText(new Uint8Array(sealed))}`
    },
    open: async (text) => {
      const [iv, sealed] = text.split('.', 2).map(toBytes)
      if (iv?.byteLength !== ivBytes || !sealed) return undefined
      try {
        const opened = await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData: purpose }, key, sealed)
        return JSON.parse(new TextDecoder().decode(opened)) as unknown
      } catch {
        return undefined
      }
    },
  }
}
