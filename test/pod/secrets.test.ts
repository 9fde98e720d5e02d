import { spawn } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'

const main = join(import.meta.dirname, '../../functions/pod/main.ts')
vi.setConfig({ testTimeout: 300_000 })

/** Says back what it was told, as careless servers do. */
let careless: Server
let url: string
let place: string
beforeAll(async () => {
  careless = createServer((request, response) =>
    response
      .writeHead(401, { 'www-authenticate': 'Basic realm="x"', location: request.url })
      .end(
        `${request.headers.authorization} ${Buffer.from(request.headers.authorization?.slice(6) ?? '', 'base64').toString()}`,
      ),
  )
  await new Promise<void>((resolve) => careless.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(careless.address() as AddressInfo).port}`
})
afterAll(() => void careless.close())
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'helper-'))
})
afterEach(() => rm(place, { recursive: true, force: true }))

const planted = Array.from({ length: 20 }, (_, index) => `pl4nted-${index}-s3cret`)
const [password = '', token = '', key = '', header = '', registry = ''] = planted

const helpers = [
  {
    name: 'git-init',
    env: () => ({
      GIT_REPO: `${url}/a.git`,
      GIT_USERNAME: 'me',
      GIT_PASSWORD: password,
      GIT_ROOT: place,
      GIT_CLONE_RETRIES: '1',
    }),
  },
  {
    name: 'git-init',
    env: () => ({ GIT_REPO: `${url}/a.git`, GIT_USERNAME: 'me', GIT_PASSWORD: `${password}\nx`, GIT_ROOT: place }),
  },
  { name: 'git-init', env: () => ({ GIT_REPO: `https://me:${password}@127.0.0.1/a.git`, GIT_ROOT: place }) },
  {
    name: 'git-init',
    env: () => ({ GIT_REPO: 'ssh://git@127.0.0.1:1/a.git', GIT_SSH_KEY: key, GIT_ROOT: place, GIT_CLONE_RETRIES: '1' }),
  },
  { name: 'url-fetch', env: () => ({ URL_SOURCE: `http://me:${password}@127.0.0.1/`, URL_TARGET: join(place, 'x') }) },
  {
    name: 'url-fetch',
    env: () => ({ URL_SOURCE: `${url}/?key=${token}`, URL_TARGET: join(place, 'x'), URL_AUTH_TOKEN: token }),
  },
  {
    name: 'url-fetch',
    env: () => ({
      URL_SOURCE: `http://unknown.invalid/?key=${token}`,
      URL_TARGET: join(place, 'x'),
      URL_AUTH_HEADER: `X-Key: ${header}`,
      URL_RETRIES: '1',
    }),
  },
  { name: 'url-fetch', env: () => ({ URL_SOURCE: url, URL_TARGET: join(place, 'x'), URL_AUTH_HEADER: header }) },
  {
    name: 'plugin-init',
    env: () => ({
      PLUGIN_PACKAGES: '["theme"]',
      PLUGIN_DIR: place,
      NPM_CONFIG_TOKEN: registry,
      PLUGIN_MANAGER: '/bin/false',
    }),
  },
  {
    name: 'context-init',
    env: () => ({
      WORKSPACE_DIR: place,
      CONFIGMAP_PATH: place,
      FILE_MAPPINGS: '[{"key":"none","path":"x"}]',
      API_KEY: token,
    }),
  },
]

const start = (name: string, env: Record<string, string>): Promise<{ code: number | null; output: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, name], { env: { PATH: process.env['PATH'], ...env } })
    let output = ''
    child.stdout.on('data', (chunk) => (output += String(chunk)))
    child.stderr.on('data', (chunk) => (output += String(chunk)))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })

test.each(helpers)(
  '$name ($#) fails with one sentence, in its log and for the kubelet, and tells no secret',
  async ({ name, env }) => {
    const termination = join(place, 'termination-log')
    await writeFile(termination, '')
    const { code, output } = await start(name, { ...env(), TERMINATION_LOG: termination })
    const last = await readFile(termination, 'utf8')
    expect(code).toBe(1)
    expect(last).toMatch(new RegExp(`^${name}: [^\\n]+\\.$`))
    expect(output).toContain(last)
    const entries = await readdir(place, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile())
    const written = await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1')))
    const everything = [output, last, ...written].join('\n')
    for (const secret of planted)
      for (const form of [secret, Buffer.from(`me:${secret}`).toString('base64')])
        expect(everything).not.toContain(form)
  },
)
