import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGuard, type Guard } from './server.ts'

const password = 'correct horse'
const basic = `Basic ${Buffer.from(`opencode:${password}`).toString('base64')}`
const withPassword = { 'x-kubeopencode-password': password }

let isWedged = false
let server: Server
let guard: Guard
let url: string

/** As much of OpenCode as is met here: Basic auth on everything, health, events, an echo, and a terminal. */
const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  if (isWedged) return
  if (request.headers.authorization !== basic) {
    response.writeHead(401).end()
    return
  }
  if (request.url === '/event') {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.flushHeaders()
    setTimeout(() => response.write('data: one\n\n'), 50)
    return
  }
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { method, url: path, headers } = request
  response.writeHead(200, { 'content-type': 'application/json', 'x-from': 'opencode' })
  response.end(JSON.stringify({ method, path, headers, body: Buffer.concat(chunks).toString() }))
}

beforeAll(async () => {
  server = createServer((request, response) => void answer(request, response))
  server.on('upgrade', (request, socket) => {
    if (request.headers.authorization !== basic) {
      socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n')
      return
    }
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
    socket.on('data', (bytes) => socket.write(`heard ${String(bytes)}`))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  guard = await startGuard({ port: 0, serverPort: (server.address() as AddressInfo).port, password })
  url = `http://127.0.0.1:${guard.port}`
})

afterAll(() => {
  guard.close()
  server.close()
  server.closeAllConnections()
})

describe('without the password', () => {
  test.each([
    { name: 'nothing', headers: {} },
    { name: 'another password', headers: { 'x-kubeopencode-password': 'wrong' } },
    { name: 'the password and more', headers: { 'x-kubeopencode-password': `${password}x` } },
    { name: 'Basic auth, which is not what is asked for here', headers: { authorization: basic } },
  ])('$name is refused', async ({ headers }) => {
    const answer = await fetch(`${url}/session`, { method: 'POST', body: '{}', headers })
    expect(answer.status).toBe(401)
    const text = await answer.text()
    expect(text).toContain('x-kubeopencode-password')
    expect(text).not.toContain(password)
  })

  test('health is told, and nothing else', async () => {
    const answer = await fetch(`${url}/healthz`)
    expect([answer.status, await answer.json()]).toEqual([200, { status: 200 }])
    expect((await fetch(`${url}/healthz/../session`)).status).toBe(401)
  })
})

describe('with the password', () => {
  test('a request and its answer go through, without what is between the two', async () => {
    const answer = await fetch(`${url}/session/a%2Fb?x=1`, { method: 'POST', body: 'hello', headers: withPassword })
    expect(answer.headers.get('x-from')).toBe('opencode')
    const seen = (await answer.json()) as { headers: Record<string, string> }
    expect(seen).toMatchObject({ method: 'POST', path: '/session/a%2Fb?x=1', body: 'hello' })
    expect(seen.headers['authorization']).toBe(basic)
    expect(seen.headers).not.toHaveProperty('x-kubeopencode-password')
  })

  test('events arrive as they are sent', async () => {
    const stop = new AbortController()
    const answer = await fetch(`${url}/event`, { headers: withPassword, signal: stop.signal })
    expect(answer.headers.get('content-type')).toBe('text/event-stream')
    const { value } = await answer.body!.getReader().read()
    expect(new TextDecoder().decode(value)).toBe('data: one\n\n')
    stop.abort()
  })

  const upgrade = async (headers: string): Promise<string> => {
    const socket = connect(guard.port, '127.0.0.1')
    socket.write(
      `GET /pty/1/connect HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${headers}\r\n`,
    )
    let text = ''
    for await (const chunk of socket) {
      text += String(chunk)
      if (text.includes('heard') || text.includes('401')) break
      if (text.endsWith('\r\n\r\n')) socket.write('you')
    }
    socket.destroy()
    return text
  }
  test('a terminal is passed on in both ways', async () =>
    expect(await upgrade(`x-kubeopencode-password: ${password}\r\n`)).toMatch(
      /^HTTP\/1.1 101 Switching Protocols\r\n[^]*\r\n\r\nheard you$/,
    ))
  test('and refused without it', async () => expect(await upgrade('')).toMatch(/^HTTP\/1.1 401 /))
})

test('a server that is wedged is not healthy', async () => {
  isWedged = true
  await expect(fetch(`${url}/healthz`, { signal: AbortSignal.timeout(300) })).rejects.toThrow(/timeout/)
  isWedged = false
})

test('a server that is gone is not healthy', async () => {
  const lonely = await startGuard({ port: 0, serverPort: 9, password })
  expect((await fetch(`http://127.0.0.1:${lonely.port}/healthz`)).status).toBe(503)
  const answer = await fetch(`http://127.0.0.1:${lonely.port}/session`, { headers: withPassword })
  expect([answer.status, await answer.json()]).toEqual([502, { error: 'The OpenCode server does not answer.' }])
  lonely.close()
})
