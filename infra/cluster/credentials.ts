import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { RequestOptions } from 'node:https'
import { sentenceOf } from '../../shared/errors.ts'
import type { Log } from '../../shared/ports.ts'
import type { Credentials, Endpoint } from './endpoint.ts'

/** Certificates and tokens rotate on disk; this is how long one reading of them is used. */
const credentialsMs = 30_000

/** When a reading that failed is tried again, while the one before it goes on. */
const againMs = 1_000

const isPem = (value: unknown): value is string | Buffer => typeof value === 'string' || Buffer.isBuffer(value)

/** Two files are read one after the other, and may be replaced in between. */
const isPair = ({ cert, key }: RequestOptions): boolean => {
  if (!isPem(cert) || !isPem(key)) return true
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
}

/**
 * What `read` gives, asked again when it is older than 30 s. Where that fails the one before goes on, of which `log` is told
 * once; where there was none it throws, and the next one asks again.
 */
export const reread = (
  read: () => Credentials | Promise<Credentials>,
  log?: Pick<Log, 'warn'>,
): Endpoint['credentials'] => {
  let last: Credentials | undefined
  let held: Promise<Credentials> | undefined
  let dueAt = 0
  let isTold = false

  const readPair = async (): Promise<Credentials> => {
    const found = await read()
    if (isPair(found)) return found
    const again = await read()
    // Of a pair that never was one, TLS says what is wrong.
    if (isPair(again) || !last) return again
    throw new Error('the client certificate and its key do not belong together')
  }
  const next = async (): Promise<Credentials> => {
    try {
      last = await readPair()
      dueAt = performance.now() + credentialsMs
      isTold = false
    } catch (error) {
      dueAt = last ? performance.now() + againMs : -Infinity
      if (!last) throw error
      if (!isTold)
        log?.warn('the credentials for the apiserver could not be read again, and the last ones are used', {
          error: sentenceOf(error),
        })
      isTold = true
    }
    return last
  }
  return () => {
    if (!held || performance.now() > dueAt) {
      // Whoever asks meanwhile waits for the same reading, but not for ever: a plugin may hang.
      dueAt = performance.now() + credentialsMs
      held = next()
    }
    return held
  }
}

/** What connections are made with. */
export const trustOf = ({ ca, cert, key, pfx, passphrase, rejectUnauthorized, servername }: RequestOptions) =>
  // Without the fields that are not set: undici takes an undefined for a wish.
  Object.fromEntries(
    Object.entries({ ca, cert, key, pfx, passphrase, rejectUnauthorized, servername }).filter(
      ([, value]) => value !== undefined && value !== null,
    ),
  )

/** The headers of the next request, and what `make` gave for its trust: the same one, with its open connections, until that changes. */
export const perTrust = <T>({ credentials }: Endpoint, make: (options: Credentials) => T | Promise<T>) => {
  let seen: Credentials | undefined
  let trust: string | undefined
  let made: Promise<T> | undefined
  return async (): Promise<{ readonly made: T; readonly headers: Readonly<Record<string, string>> }> => {
    const options = await credentials()
    if (options !== seen || !made) {
      seen = options
      const now = Object.entries(trustOf(options)).map(String).join('\n')
      if (now !== trust || !made) {
        trust = now
        made = (async () => make(options))()
        made.catch(() => (made = undefined))
      }
    }
    return { made: await made, headers: options.headers ?? {} }
  }
}

/** A request with `headers` over its own. */
export const signed = (init: RequestInit, headers: Readonly<Record<string, string>>): RequestInit => ({
  ...init,
  headers: { ...(init.headers as Record<string, string>), ...headers },
})
