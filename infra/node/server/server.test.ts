import type { IncomingHttpHeaders } from 'node:http'
import { createServer } from 'node:https'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createSeal } from '../../../functions/api/access/sealed.ts'
import type { Log } from '../../../shared/ports.ts'
import { agent } from '../../../test/builders/agent.ts'
import { heeding, spoken } from '../../../test/builders/streams.ts'
import type { Answers } from '../../../test/builders/upstream.ts'
import { json, upstream } from '../../../test/builders/upstream.ts'
import { issue } from '../../certificates/issue.ts'
import { openExec } from './exec.ts'
import { startServer } from './start.ts'
import { createTerminal } from './terminal.ts'

const closes: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closes.splice(0).toReversed()) await close()
})

const key = new Uint8Array(32)
const tasks = '/apis/kubeopencode.io/v1alpha1/namespaces/default/tasks'
const here = '/api/v1/namespaces/default/tasks'

/** The server on loopback, over an apiserver of a few answers and the exec of another. */
const served = async (answers: Answers = {}, exec = { url: 'https://127.0.0.1:1', ca: '' }) => {
  const { apiserverOf, asked } = upstream(answers)
  const lines: string[] = []
  const write = (message: string, fields?: object): void => void lines.push(JSON.stringify({ message, ...fields }))
  const log: Log = { debug: write, info: write, warn: write, error: write }
  const endpoint = { server: exec.url, credentials: async () => ({ ...(exec.ca && { ca: exec.ca }) }) }
  const server = await startServer({
    apiserverOf,
    access: { mode: 'token', seal: await createSeal(key) },
    clock: { now: () => new Date(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
    log,
    terminal: createTerminal(openExec(endpoint), log),
    port: 0,
    hostname: '127.0.0.1',
  })
  closes.push(() => server.close(0))
  return { port: server.port, url: `http://127.0.0.1:${server.port}`, asked, lines }
}

/** The first line of what a server says to exactly these bytes. */
const raw = (port: number, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => {
      answer += chunk
      if (answer.includes('\r\n')) {
        socket.destroy()
        resolve(answer.split('\r\n')[0] ?? '')
      }
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(answer))
  })

const request = (path: string, ...headers: string[]): string =>
  [`GET ${path} HTTP/1.1`, 'Host: 127.0.0.1', ...headers, '', ''].join('\r\n')

describe('what arrives on the wire', () => {
  const bearer = 'Authorization: Bearer ada-token'
  test.each([
    {
      name: 'a path that climbs out of the proxy',
      path: '/api/v1/namespaces/default/agents/coder/proxy/../../../../../../apis',
    },
    { name: 'the same, encoded', path: '/api/v1/namespaces/default/agents/coder/proxy/%2e%2e/%2e%2e/%2e%2e/%2e%2e/x' },
    { name: 'two slashes', path: '/api/v1/namespaces/default/agents/coder/proxy//evil.example/x' },
    { name: 'another authority', path: '@evil.example/api/v1/tasks' },
    { name: 'a namespace with a slash', path: '/api/v1/namespaces/a%2fb/tasks' },
  ])('$name is refused, and the apiserver is not asked for it (row 50)', async ({ path }) => {
    const { port, asked } = await served({
      'GET /apis/kubeopencode.io/v1alpha1/namespaces/default/agents/coder': () => json(agent()),
    })
    expect(await raw(port, request(path, bearer))).toMatch(/^HTTP\/1.1 40[04] /)
    expect(asked.filter((one) => one.path.includes('proxy') || one.path.includes('evil'))).toEqual([])
  })

  test('a token of 64 KiB and a bearer twice are 401 (row 46)', async () => {
    const { port } = await served()
    expect(await raw(port, request(here, `Authorization: Bearer ${'a'.repeat(65_536)}`))).toBe(
      'HTTP/1.1 401 Unauthorized',
    )
    expect(await raw(port, request(here, bearer, 'Authorization: Bearer eve'))).toBe('HTTP/1.1 401 Unauthorized')
  })

  test('a body without end is 413 after its limit, and no more of it is taken (row 70)', async () => {
    const { port, lines } = await served()
    const chunk = `10000\r\n${'a'.repeat(65_536)}\r\n`
    const head = [`POST ${here} HTTP/1.1`, 'Host: 127.0.0.1', bearer, 'Content-Type: application/json']
    let answer = ''
    let sent = 0
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write([...head, 'Transfer-Encoding: chunked', '', ''].join('\r\n'))
        pour()
      })
      const pour = (): void => {
        while (socket.writable && socket.write(chunk)) sent += chunk.length
        sent += chunk.length
        socket.once('drain', pour)
      }
      socket.setEncoding('utf8')
      socket.on('data', (text: string) => (answer += text))
      // The server closes while we go on sending.
      socket.on('error', () => {})
      socket.on('close', () => resolve())
    })
    await expect
      .poll(() => lines.map((line) => JSON.parse(line) as object))
      .toMatchObject([{ message: 'answered', code: 413 }])
    // Who does not stop to read may miss the answer: a socket that is closed with bytes unread is reset.
    expect(answer).toMatch(/^(HTTP\/1.1 413 |$)/)
    expect(sent).toBeLessThan(32 * 1024 * 1024)
  })

  test('a client that goes away takes its watch with it', async () => {
    const voice = spoken()
    let signal: AbortSignal | undefined
    const { url } = await served({
      [`GET ${tasks}`]: (_, ask) => {
        signal = ask.signal
        return heeding(voice, ask.signal)
      },
    })
    const leaving = new AbortController()
    const response = await fetch(`${url}${here}?watch=1`, {
      headers: { authorization: 'Bearer ada-token' },
      signal: leaving.signal,
    })
    await response.body?.getReader().read()
    expect(signal?.aborted).toBe(false)
    leaving.abort()
    await expect.poll(() => signal?.aborted).toBe(true)
  })
})

const terminal = '/api/v1/namespaces/default/agents/coder/terminal'
const own = '/apis/kubeopencode.io/v1alpha1/namespaces/default/agents/coder'

const serverPod = {
  metadata: {
    name: 'coder-server-abc-1',
    ownerReferences: [{ kind: 'ReplicaSet', name: 'coder-server-abc', controller: true }],
  },
  status: { containerStatuses: [{ name: 'opencode-server', ready: true }] },
}
const impostor = { ...serverPod, metadata: { name: 'impostor' } }

const awake: Answers = {
  [`GET ${own}`]: () => json(agent()),
  [`PATCH ${own}`]: () => json(agent()),
  'GET /api/v1/namespaces/default/pods': () => json({ items: [impostor, serverPod] }),
}

/** An apiserver whose exec echoes, in brackets, and tells sizes. */
const startExec = async () => {
  const { authority, serving } = await issue({ names: ['127.0.0.1'], now: new Date() })
  const server = createServer({ cert: serving.certificate, key: serving.key })
  const sockets = new WebSocketServer({ server, handleProtocols: (offered) => [...offered][0] ?? false })
  const handshakes: { url: string; headers: IncomingHttpHeaders }[] = []
  sockets.on('connection', (socket, { url = '', headers }) => {
    handshakes.push({ url, headers })
    socket.on('message', (data: Buffer) => {
      const [channel] = data
      const text = data.subarray(1).toString()
      if (text === 'exit') {
        socket.send(Buffer.from(`\u0003${JSON.stringify({ status: 'Success' })}`))
        socket.close()
      } else if (channel === 0) socket.send(Buffer.from(`\u0001[${text}]`))
      else if (channel === 4) socket.send(Buffer.from(`\u0001<${text}>`))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closes.push(() => {
    for (const socket of sockets.clients) socket.terminate()
    server.close()
  })
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, ca: authority.certificate, handshakes }
}

/** A browser's socket: what it hears, as text, and how it ended. */
const opened = (url: string, headers: Record<string, string>, protocols: string[] = []) => {
  const socket = new WebSocket(url.replace('http', 'ws'), protocols, { headers })
  let heard = ''
  socket.on('message', (data: Buffer) => (heard += data.toString()))
  const outcome = new Promise<number>((resolve) => {
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0))
    socket.on('close', resolve)
    socket.on('error', () => {})
  })
  closes.push(() => socket.terminate())
  return { socket, heard: () => heard, outcome }
}

describe('a terminal', () => {
  test('is bytes both ways, resizes, and ends with its program', async () => {
    const exec = await startExec()
    const { url, asked } = await served(awake, exec)
    const { socket, heard, outcome } = opened(`${url}${terminal}`, { authorization: 'Bearer ada-token' })
    await new Promise((resolve) => socket.once('open', resolve))
    socket.send(JSON.stringify({ type: 'resize', cols: 120, rows: 40 }))
    socket.send(Buffer.from('hällo'))
    await expect.poll(heard).toBe('<{"Width":120,"Height":40}>[hällo]')
    socket.send(Buffer.from('exit'))
    expect(await outcome).toBe(1000)
    const [{ url: path, headers }] = exec.handshakes as [(typeof exec.handshakes)[number]]
    expect(headers.authorization).toBe('Bearer ada-token')
    const query = new URL(path, 'http://a')
    expect(query.pathname).toBe('/api/v1/namespaces/default/pods/coder-server-abc-1/exec')
    expect(query.searchParams.getAll('command')).toEqual([
      'env',
      'TERM=xterm-256color',
      'COLORTERM=truecolor',
      '/tools/opencode',
      'attach',
      'http://127.0.0.1:4096',
    ])
    expect(query.searchParams.get('container')).toBe('opencode-server')
    const patch = asked.find(({ method }) => method === 'PATCH')
    expect(JSON.stringify(patch?.body)).toContain('last-connection-active')
  })

  test('wakes an Agent that is suspended, and says so', async () => {
    const exec = await startExec()
    let isSuspended = true
    const asleep = () => json({ ...agent(), spec: { ...agent().spec, suspend: isSuspended } })
    const { url, asked } = await served(
      {
        ...awake,
        [`GET ${own}`]: asleep,
        [`PATCH ${own}`]: ({ body }) => {
          if (JSON.stringify(body).includes('"suspend":false')) isSuspended = false
          return json(agent())
        },
        'GET /api/v1/namespaces/default/pods': () => json({ items: isSuspended ? [] : [serverPod] }),
      },
      exec,
    )
    const { socket, heard } = opened(`${url}${terminal}`, { authorization: 'Bearer ada-token' })
    await expect.poll(heard).toContain('Agent default/coder is suspended; waking it')
    await expect.poll(() => exec.handshakes.length).toBe(1)
    socket.send(Buffer.from('up'))
    await expect.poll(heard).toContain('[up]')
    expect(asked.some(({ body }) => JSON.stringify(body ?? '').includes('"suspend":false'))).toBe(true)
  })

  const session = async (url: string) => {
    const response = await fetch(`${url}/api/v1/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: url },
      body: JSON.stringify({ token: 'ada-token' }),
    })
    return response.headers.get('set-cookie')?.split(';')[0] ?? ''
  }

  test.each([
    { name: 'another Origin', headers: (cookie: string) => ({ cookie, origin: 'https://evil.example' }), want: 403 },
    { name: 'the null Origin', headers: (cookie: string) => ({ cookie, origin: 'null' }), want: 403 },
    { name: 'no Origin with a cookie', headers: (cookie: string) => ({ cookie }), want: 403 },
    {
      name: 'another Origin with a bearer',
      headers: () => ({ authorization: 'Bearer ada-token', origin: 'https://evil.example' }),
      want: 403,
    },
    {
      name: 'a token in a subprotocol',
      headers: () => ({ authorization: 'Bearer ada-token' }),
      protocols: ['bearer', 'ada-token'],
      want: 403,
    },
    {
      name: 'a token in the query',
      headers: () => ({ authorization: 'Bearer ada-token' }),
      query: '?token=ada-token',
      want: 403,
    },
    { name: 'nothing', headers: () => ({}), want: 401 },
  ] as {
    name: string
    headers: (cookie: string) => Record<string, string>
    protocols?: string[]
    query?: string
    want: number
  }[])('$name gets none: $want (row 78)', async ({ headers, protocols = [], query = '', want }) => {
    const exec = await startExec()
    const { url, lines } = await served(awake, exec)
    const cookie = await session(url)
    const { outcome } = opened(`${url}${terminal}${query}`, headers(cookie), protocols)
    expect(await outcome).toBe(want)
    expect(exec.handshakes).toEqual([])
    expect(lines.join()).not.toContain('ada-token')
  })

  test('our own page with a session gets one', async () => {
    const exec = await startExec()
    const { url } = await served(awake, exec)
    const cookie = await session(url)
    const { socket, heard } = opened(`${url}${terminal}`, { cookie, origin: url })
    await new Promise((resolve) => socket.once('open', resolve))
    socket.send(Buffer.from('x'))
    await expect.poll(heard).toBe('[x]')
  })

  test('without the right to exec there is none, and the right is named', async () => {
    const { url } = await served({
      ...awake,
      'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews': () => json({ status: { allowed: false } }, 201),
    })
    const { outcome } = opened(`${url}${terminal}`, { authorization: 'Bearer ada-token' })
    expect(await outcome).toBe(403)
  })

  test('is closed soon after the right to it has ended (row 80)', async () => {
    const exec = await startExec()
    let isAllowed = true
    const { url } = await served(
      {
        ...awake,
        'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews': () =>
          json({ status: { allowed: isAllowed } }, 201),
      },
      exec,
    )
    const { socket, outcome } = opened(`${url}${terminal}`, { authorization: 'Bearer ada-token' })
    await new Promise((resolve) => socket.once('open', resolve))
    isAllowed = false
    const started = performance.now()
    expect(await outcome).toBe(1008)
    expect(performance.now() - started).toBeLessThan(15_000)
  })

  test('a frame that is no size closes it', async () => {
    const exec = await startExec()
    const { url } = await served(awake, exec)
    const { socket, outcome } = opened(`${url}${terminal}`, { authorization: 'Bearer ada-token' })
    await new Promise((resolve) => socket.once('open', resolve))
    socket.send('{"type":"resize","cols":1e9,"rows":-1}')
    expect(await outcome).toBe(1003)
  })

  test('without Upgrade it is no terminal', async () => {
    const { url } = await served(awake)
    const response = await fetch(`${url}${terminal}`, { headers: { authorization: 'Bearer ada-token' } })
    expect(response.status).toBe(426)
  })
})
