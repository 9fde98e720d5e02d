import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sentenceOf } from '../../shared/errors.ts'
import type { Keep } from '../certificates/keeper.ts'

const belongTogether = (certificate: string, key: string): boolean => {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
}

/** Certificates that somebody else renews, such as cert-manager: the files of a Secret of type kubernetes.io/tls. */
export const mountedCertificates =
  (dir: string): Keep =>
  async () => {
    const read = async (file: string): Promise<string> =>
      readFile(join(dir, file), 'utf8').catch((cause: unknown) => {
        throw new Error(`${dir} has no ${file}; mount a Secret of type kubernetes.io/tls there: ${sentenceOf(cause)}`, {
          cause,
        })
      })
    const certificate = await read('tls.crt')
    const key = await read('tls.key')
    // The files are exchanged between two reads now and then; the next look finds both new.
    if (!belongTogether(certificate, key)) throw new Error(`tls.crt and tls.key in ${dir} do not belong together`)
    return { certificate, key }
  }
