import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { issue } from '../certificates/issue.ts'
import { mountedCertificates } from './mounted-certificates.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mounted-'))
})
afterEach(() => rm(dir, { recursive: true }))

const mount = async (certificate: string, key: string): Promise<void> => {
  await writeFile(join(dir, 'tls.crt'), certificate)
  await writeFile(join(dir, 'tls.key'), key)
}

test('gives what is mounted', async () => {
  const { serving } = await issue({ names: ['hooks.svc'], now: new Date() })
  await mount(serving.certificate, serving.key)
  expect(await mountedCertificates(dir)()).toEqual(serving)
})

test('a pair that is being exchanged is not served', async () => {
  const { authority, serving } = await issue({ names: ['hooks.svc'], now: new Date() })
  await mount(serving.certificate, authority.key)
  await expect(mountedCertificates(dir)()).rejects.toThrow(`tls.crt and tls.key in ${dir} do not belong together`)
})

test('says what to mount where there is nothing', async () => {
  await expect(mountedCertificates(dir)()).rejects.toThrow(/has no tls.crt; mount a Secret of type kubernetes.io\/tls/)
})
