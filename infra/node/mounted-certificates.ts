import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Keep } from '../certificates/keeper.ts'

/** Certificates that somebody else renews, such as cert-manager: the files of a Secret of type kubernetes.io/tls. */
export const mountedCertificates =
  (dir: string): Keep =>
  async () => ({
    certificate: await readFile(join(dir, 'tls.crt'), 'utf8'),
    key: await readFile(join(dir, 'tls.key'), 'utf8'),
  })
