import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { download } from './download.ts'
import type { Release } from './programs.ts'
import { tar } from './tar.ts'

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

const program = Buffer.from('#!/bin/sh\necho hello\n')
const archive = execFileSync('gzip', ['-c'], {
  input: tar([{ path: 'release/tool', content: program, mode: 0o755 }]),
})

const files: Record<string, Buffer> = {
  '/plain/tool': program,
  '/plain/tool.sum': Buffer.from(sha256(program)),
  '/wrong/tool': program,
  '/wrong/tool.sum': Buffer.from(sha256(archive)),
  '/packed/tool': archive,
  '/packed/tool.sum': Buffer.from(`${sha256(program)}  other\n${sha256(archive)}  tool\n`),
  '/unsigned/tool': program,
}

let server: Server
let folder: string

beforeAll(async () => {
  server = createServer(({ url = '' }, response) => {
    if (url.startsWith('/silent')) return
    const file = files[url]
    response.statusCode = file ? 200 : 404
    response.end(file)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'koc-download-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

const release = (site: string, isArchive = false): Release => ({
  environment: 'KUBEOPENCODE_NO_SUCH_RELEASES',
  base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${site}`,
  file: (name) => name,
  checksum: (file) => `${file}.sum`,
  isArchive,
})

describe('download', () => {
  test.each([
    { name: 'takes a program with its checksum', site: 'plain', isArchive: false },
    { name: 'takes a program out of an archive, by its line in a list of checksums', site: 'packed', isArchive: true },
  ])('$name', async ({ site, isArchive }) => {
    expect(await download(release(site, isArchive), 'tool', folder)).toBe(true)
    expect(readFileSync(join(folder, 'tool'))).toEqual(program)
    expect(statSync(join(folder, 'tool')).mode & 0o777).toBe(0o755)
  })

  test('refuses a program that is not what its release says', async () => {
    await expect(download(release('wrong'), 'tool', folder)).rejects.toThrow(/has checksum .* its release says/)
    expect(existsSync(join(folder, 'tool'))).toBe(false)
  })

  test.each(['missing', 'unsigned'])('leaves it to others when the site has it not: %s', async (site) => {
    expect(await download(release(site), 'tool', folder)).toBe(false)
  })

  test('gives up soon on a site that does not answer', async () => {
    const startedAt = performance.now()
    expect(await download(release('silent'), 'tool', folder)).toBe(false)
    expect(performance.now() - startedAt).toBeLessThan(15_000)
  })
})
