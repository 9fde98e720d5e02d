import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { demoRepositoryFiles } from './demo-job.ts'
import { startGitServer, type GitServer } from './git-server.ts'

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

let folder: string
let server: GitServer
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'git-server-'))
  server = await startGitServer({ root: join(folder, 'served') })
})
afterAll(async () => {
  await server?.close()
  await rm(folder, { recursive: true, force: true })
})

const git = async (cwd: string, ...args: string[]): Promise<string> =>
  (await promisify(execFile)('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd })).stdout.trim()

test('serves the demo repository, with the same commit everywhere', async () => {
  const work = join(folder, 'work')
  await git(folder, 'clone', '--quiet', `${server.url}/tea-timer.git`, work)
  for (const [path, content] of Object.entries(demoRepositoryFiles))
    expect(await readFile(join(work, path), 'utf8')).toBe(content)
  const again = await startGitServer({ root: join(folder, 'again') })
  const heads = await Promise.all(
    [server, again].map(({ url }) => git(folder, 'ls-remote', `${url}/tea-timer.git`, 'HEAD')),
  )
  expect(heads[0]).toBe(heads[1])
  await again.close()
})

test('takes a push, and keeps it over a restart', async () => {
  const work = join(folder, 'pushing')
  await git(folder, 'clone', '--quiet', `${server.url}/tea-timer.git`, work)
  // Larger than one chunk, so that the body is streamed.
  await writeFile(
    join(work, 'large'),
    Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * 7919) % 251)),
  )
  await git(work, 'add', '--all')
  await git(work, 'commit', '--quiet', '--message', 'large')
  await git(work, 'push', '--quiet', 'origin', 'HEAD:large')
  const restarted = await startGitServer({ root: join(folder, 'served') })
  expect(await git(folder, 'ls-remote', `${restarted.url}/tea-timer.git`, 'large')).toContain(
    await git(work, 'rev-parse', 'HEAD'),
  )
  await restarted.close()
})

test('what is not there is 404', async () => {
  expect((await fetch(`${server.url}/nothing.git/info/refs?service=git-upload-pack`)).status).toBe(404)
  expect((await fetch(`${server.url}/../../etc/passwd`)).status).toBe(404)
})
