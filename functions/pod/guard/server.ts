import { createHash, timingSafeEqual } from 'node:crypto'
import {
  createServer,
  request as ask,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream'
import { guardHealthPath, serverPasswordHeader, serverUser } from '../../../shared/server-access.ts'
import { HelperFault } from '../helper.ts'

export interface GuardOptions {
  /** 0 for any free one. */
  readonly port: number
  readonly serverPort: number
  readonly password: string
}

export interface Guard {
  readonly port: number
  readonly close: () => void
}

/** Between two neighbours only (RFC 9110, 7.6.1), and what is ours to say. */
const notPassedOn = new Set([
  'authorization',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  serverPasswordHeader,
])

const passedOn = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !notPassedOn.has(name)))

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

const refusal = JSON.stringify({
  error: `The header ${serverPasswordHeader} does not hold the password of this Agent's server; it is in the Agent's Secret.`,
})
const silence = JSON.stringify({ error: 'The OpenCode server does not answer.' })

/** How long the server may take to say how it is; the kubelet waits less. */
const healthMs = 10_000

const rawHead = ({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string => {
  const lines = rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1]}`] : []))
  return [`HTTP/1.1 ${statusCode} ${statusMessage}`, ...lines, '', ''].join('\r\n')
}

/** Joins two connections until either ends. */
const join = (one: Duplex, other: Duplex): void => {
  pipeline(one, other, () => one.destroy())
  pipeline(other, one, () => other.destroy())
}

/**
 * A door beside an Agent's OpenCode server for callers that cannot carry Basic auth. The health path is open and says
 * no more than whether the server answers; everything else needs the password in a header. Nothing is logged.
 */
export const startGuard = ({ port, serverPort, password }: GuardOptions): Promise<Guard> => {
  const expected = digest(password)
  const authorization = `Basic ${Buffer.from(`${serverUser}:${password}`).toString('base64')}`
  const isKnown = ({ headers }: IncomingMessage): boolean => {
    const given = headers[serverPasswordHeader]
    return typeof given === 'string' && timingSafeEqual(digest(given), expected)
  }
  // A connection for each: one that is kept may be closed by the server just when it is used again.
  const toServer = (path: string | undefined, headers: IncomingHttpHeaders, options: RequestOptions = {}) =>
    ask({
      ...options,
      host: '127.0.0.1',
      port: serverPort,
      path: path ?? '/',
      agent: false,
      headers: { ...headers, authorization },
    })

  const server = createServer((request, response) => {
    const answer = (status: number, body: string): void => {
      if (response.headersSent) {
        response.destroy()
        return
      }
      response.writeHead(status, { 'content-type': 'application/json' }).end(`${body}\n`)
    }
    if (request.url === guardHealthPath) {
      const health = toServer('/global/health', {}, { timeout: healthMs })
      health.on('timeout', () => health.destroy())
      health.on('error', () => answer(503, silence))
      health.on('response', (seen) => {
        seen.resume()
        answer(seen.statusCode === 200 ? 200 : 503, JSON.stringify({ status: seen.statusCode }))
      })
      health.end()
      return
    }
    if (!isKnown(request)) {
      // What a stranger sends is not read.
      response.setHeader('connection', 'close')
      answer(401, refusal)
      return
    }
    const passed = toServer(request.url, passedOn(request.headers), { method: request.method })
    passed.on('response', (seen) => {
      response.writeHead(seen.statusCode ?? 502, passedOn(seen.headers))
      // Events are waited for as they come: the head must not wait for the first of them.
      response.flushHeaders()
      pipeline(seen, response, () => passed.destroy())
    })
    passed.on('error', () => answer(502, silence))
    response.on('close', () => passed.destroy())
    request.pipe(passed)
  })

  // A terminal: what OpenCode answers to the upgrade is passed on as it is, and the bytes both ways.
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    if (!isKnown(request)) {
      socket.end(`HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-type: application/json\r\n\r\n${refusal}\n`)
      return
    }
    const { upgrade } = request.headers
    const headers = { ...passedOn(request.headers), connection: 'Upgrade', upgrade }
    const passed = toServer(request.url, headers, { method: request.method })
    passed.on('upgrade', (seen, other, rest) => {
      socket.write(rawHead(seen))
      if (rest.length > 0) socket.write(rest)
      if (head.length > 0) other.write(head)
      join(socket, other)
    })
    passed.on('response', (seen) => {
      seen.resume()
      socket.end(`HTTP/1.1 ${seen.statusCode} ${seen.statusMessage}\r\nconnection: close\r\n\r\n`)
    })
    passed.on('error', () => socket.destroy())
    socket.on('close', () => passed.destroy())
    passed.end()
  })

  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new HelperFault(`Port ${port} cannot be listened on; another container of the Pod has it.`, { cause })),
    )
    server.listen(port, () =>
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () => {
          server.close()
          server.closeAllConnections()
        },
      }),
    )
  })
}
