import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { urlFetch } from './url-fetch.ts'

// Loopback is refused, so the servers of these tests stand at an address of this machine's network.
const address = Object.values(networkInterfaces())
  .flat()
  .find((one) => one?.family === 'IPv4' && !one.internal)?.address

let folder: string
let here: string
let there: string
const servers: Server[] = []
const seen: { path: string; headers: IncomingHttpHeaders }[] = []

const start = async (): Promise<string> => {
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    seen.push({ path, headers: request.headers })
    const redirect = /^\/to\?(.*)/.exec(path)?.[1]
    if (redirect) return response.writeHead(302, { location: decodeURIComponent(redirect) }).end()
    if (path === '/big') return response.end('x'.repeat(5000))
    if (path === '/slow') return response.write('never the end')
    if (path === '/missing') return response.writeHead(404).end()
    if (path === '/closed') return response.writeHead(401).end()
    return response.end('hello\n')
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  return `http://${address}:${(server.address() as { port: number }).port}`
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'url-fetch-'))
  if (address === undefined) return
  here = await start()
  there = await start()
})
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  await rm(folder, { recursive: true, force: true })
})

const fetchTo = async (source: string, env: Record<string, string> = {}): Promise<string> => {
  const target = join(folder, 'a', 'b.txt')
  await urlFetch.run({ URL_SOURCE: source, URL_TARGET: target, ...env }, () => undefined)
  return await readFile(target, 'utf8')
}

describe('addresses that are refused before anything is sent', () => {
  test.each([
    'http://127.0.0.1:10250/',
    'http://[::1]/',
    'http://0.0.0.0/',
    'http://169.254.169.254/latest/meta-data',
    'http://[fd00:ec2::254]/',
    'http://[::ffff:7f00:1]/',
    'http://2130706433/',
    'http://localhost:10250/',
    'http://metadata.google.internal/',
    'gopher://example.org/',
    'file:///etc/passwd',
    'data:text/plain,x',
  ])('%s', async (source) => {
    await expect(fetchTo(source)).rejects.toThrow(/may not be fetched|must start with https/)
  })

  test('credentials in the address', async () => {
    const failure = await fetchTo('http://user:tok3n@example.org/').catch((error: Error) => error.message)
    expect(failure).toMatch(/must not contain credentials/)
    expect(failure).not.toContain('tok3n')
  })

  test('a host that the cluster does not allow', async () => {
    await expect(fetchTo('http://192.0.2.1/', { URL_ALLOWED_HOSTS: 'docs.example.org' })).rejects.toThrow(
      /allows docs\.example\.org only/,
    )
  })

  test('a private address where the cluster forbids them', async () => {
    await expect(fetchTo('http://10.0.0.1/', { URL_ALLOW_PRIVATE: 'false' })).rejects.toThrow(/private address/)
  })
})

describe.skipIf(address === undefined)('fetching (needs a network address of this machine)', () => {
  test('writes the file with its mode, and nothing beside it', async () => {
    expect(await fetchTo(`${here}/x`, { URL_FILE_MODE: String(0o600) })).toBe('hello\n')
    expect((await stat(join(folder, 'a', 'b.txt'))).mode & 0o777).toBe(0o600)
    expect(await readdir(join(folder, 'a'))).toEqual(['b.txt'])
  })

  test('sends headers and credentials to the first host only', async () => {
    seen.length = 0
    const env = { URL_HEADERS: '{"X-Api-Key":"k3y"}', URL_AUTH_TOKEN: 't0ken\n' }
    await fetchTo(`${here}/to?${encodeURIComponent(`${there}/x`)}`, env)
    expect(seen.map(({ headers }) => [headers['x-api-key'], headers['authorization']])).toEqual([
      ['k3y', 'Bearer t0ken'],
      [undefined, undefined],
    ])
  })

  const failing = [
    {
      name: 'a redirect to loopback',
      path: `/to?${encodeURIComponent('http://127.0.0.1:1/')}`,
      says: /may not be fetched/,
    },
    {
      name: 'a redirect to a file',
      path: `/to?${encodeURIComponent('file:///etc/passwd')}`,
      says: /must start with https/,
    },
    { name: 'more than the limit', path: '/big', env: { URL_MAX_BYTES: '4000' }, says: /larger than 4000 bytes/ },
    { name: 'an answer without an end', path: '/slow', env: { URL_TIMEOUT: '1' }, says: /within 1 s/ },
    { name: 'what is not there', path: '/missing', says: /answers 404; check the address/ },
    { name: 'what needs credentials', path: '/closed', says: /answers 401; check the Secret/ },
  ]
  test.each(failing)('refuses $name', async ({ path, env, says }) => {
    await expect(fetchTo(`${here}${path}`, env)).rejects.toThrow(says)
  })
})
