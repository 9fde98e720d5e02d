import { createServer, request as send } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LoopbackProxy } from './proxy.ts'
import { basicAuth, startProxy } from './proxy.ts'

let upstream: Server
let proxy: LoopbackProxy
const seen: IncomingMessage[] = []

beforeAll(async () => {
  upstream = createServer((request, response) => {
    seen.push(request)
    if (request.url === '/prefix/cut') {
      request.socket.destroy()
      return
    }
    response.writeHead(201, { 'x-answer': 'yes' })
    request.pipe(response)
  })
  upstream.on('upgrade', (request: IncomingMessage, socket) => {
    seen.push(request)
    socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\r\n')
    socket.pipe(socket)
  })
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  proxy = await startProxy({
    url: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/prefix`,
    options: async () => ({ headers: { authorization: 'Bearer own' } }),
    headers: { 'x-password': 'p' },
  })
})
afterAll(async () => {
  await proxy.close()
  upstream.closeAllConnections()
  upstream.close()
})

/** The status of a request as it is written here: fetch would tidy its path and its headers. */
const raw = (path: string, headers: Record<string, string> = {}): Promise<number> => {
  const { port } = new URL(proxy.url)
  return new Promise((resolve, reject) => {
    const request = send({ host: '127.0.0.1', port, path, headers }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.on('error', reject)
    request.end()
  })
}
const secret = () => new URL(proxy.url).pathname

test('what comes goes on with the credentials of the person, and without those of the caller', async () => {
  const headers = { authorization: 'Basic x', cookie: 'a=b', origin: 'http://evil', 'x-own': '1' }
  const response = await fetch(`${proxy.url}/session?x=1`, { method: 'POST', body: 'hello', headers })
  expect([response.status, response.headers.get('x-answer'), await response.text()]).toEqual([201, 'yes', 'hello'])
  const { url, headers: sent } = seen.at(-1)!
  expect(url).toBe('/prefix/session?x=1')
  expect(sent).toMatchObject({ authorization: 'Bearer own', 'x-password': 'p', 'x-own': '1' })
  expect(sent.cookie).toBeUndefined()
  expect(sent.origin).toBeUndefined()
})

test('what the server does not end well is a 502', async () => {
  expect((await fetch(`${proxy.url}/cut`)).status).toBe(502)
})

describe('nobody else gets through', () => {
  const cases = [
    { name: 'without the secret', path: () => '/global/health' },
    { name: 'with another secret', path: () => `${secret().slice(0, -1)}${secret().endsWith('_') ? '-' : '_'}/x` },
    { name: 'with half of it', path: () => secret().slice(0, 10) },
    { name: 'up and out', path: () => `${secret()}/../../secrets` },
    { name: 'up and out, encoded', path: () => `${secret()}/%2e%2E/secrets` },
    { name: 'up and out, with a slash of its own', path: () => `${secret()}/a%2f..%2f..` },
    { name: 'up and out, with a backslash', path: () => `${secret()}/a\\..\\..` },
    { name: 'a name that a page has for this machine', path: () => `${secret()}/x`, headers: { host: 'evil.example' } },
  ]
  test.each(cases)('$name', async ({ path, headers }) => {
    const before = seen.length
    expect(await raw(path(), headers)).toBe(404)
    expect(seen).toHaveLength(before)
  })
})

/** What comes back on a socket after `text`, until it contains `wanted` or ends. */
const spoken = (text: string, wanted: string): Promise<string> => {
  const { port } = new URL(proxy.url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(text))
    let got = ''
    socket.on('data', (chunk) => {
      got += chunk.toString()
      if (!got.includes(wanted)) return
      resolve(got)
      socket.destroy()
    })
    socket.on('end', () => resolve(got))
    socket.on('error', reject)
  })
}
const upgrading = (path: string, ...headers: string[]) =>
  [
    `GET ${path} HTTP/1.1`,
    `host: ${new URL(proxy.url).host}`,
    'connection: Upgrade',
    'upgrade: websocket',
    ...headers,
    '',
    'ping',
  ].join('\r\n')

test('a WebSocket goes both ways, with what was sent along', async () => {
  expect(await spoken(upgrading(`${secret()}/pty`), 'ping')).toMatch(/^HTTP\/1\.1 101 [\s\S]*ping$/)
  expect(seen.at(-1)?.headers).toMatchObject({ authorization: 'Bearer own', 'x-password': 'p', upgrade: 'websocket' })
})

test('a WebSocket of a page, or of a stranger, does not', async () => {
  const before = seen.length
  expect(await spoken(upgrading(`${secret()}/pty`, 'origin: http://evil'), 'nothing')).toMatch(/^HTTP\/1\.1 404 /)
  expect(await spoken(upgrading('/pty'), 'nothing')).toMatch(/^HTTP\/1\.1 404 /)
  expect(seen).toHaveLength(before)
})

test('where a password is asked for, the address alone opens nothing', async () => {
  const { port } = upstream.address() as AddressInfo
  const own = basicAuth('opencode', 'p')
  const guarded = await startProxy({ url: `http://127.0.0.1:${port}`, options: async () => ({}), headers: {} }, own)
  const statusWith = async (headers: Record<string, string>) => (await fetch(`${guarded.url}/x`, { headers })).status
  expect(await statusWith({})).toBe(404)
  expect(await statusWith({ authorization: basicAuth('opencode', 'q') })).toBe(404)
  expect(await statusWith({ authorization: own })).toBe(201)
  expect(seen.at(-1)?.headers.authorization).toBeUndefined()
  await guarded.close()
})
