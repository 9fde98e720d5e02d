import { randomBytes, timingSafeEqual } from 'node:crypto'
import type {
  IncomingHttpHeaders,
  IncomingMessage,
  OutgoingHttpHeaders,
  RequestOptions,
  ServerResponse,
} from 'node:http'
import { createServer, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** Where everything goes, and what goes with it. */
export interface Upstream {
  /** Address of the Agent's server behind the apiserver's service proxy, without a trailing slash. */
  readonly url: string
  /** Trust and credentials of the person's kubeconfig, asked before each request so that a rotated token is used. */
  readonly options: () => Promise<RequestOptions>
  /** Added to each request, such as the server's password. */
  readonly headers: Readonly<Record<string, string>>
}

/** User and password in the form of Basic auth (RFC 7617). */
export const basicAuth = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

export interface LoopbackProxy {
  /** http://127.0.0.1:PORT/SECRET: only who knows the path gets through. */
  readonly url: string
  /** Ends the listener and every connection. */
  readonly close: () => Promise<void>
}

/** Headers of one hop, and those that would take the place of our own on the way (RFC 9110, section 7.6.1). */
const notPassedOn = new Set([
  'authorization',
  'connection',
  'cookie',
  'host',
  'keep-alive',
  'origin',
  'proxy-authorization',
  'proxy-connection',
  'referer',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const passedOn = (headers: IncomingHttpHeaders): OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !notPassedOn.has(name)))

const isSame = (a: string, b: string): boolean => {
  const [one, other] = [Buffer.from(a), Buffer.from(b)]
  return one.length === other.length && timingSafeEqual(one, other)
}

/** Rest of the path behind the secret; undefined for a stranger, and for a path that would climb out of the server's. */
const restOf = (url: string | undefined, secret: string): string | undefined => {
  const [, first = '', rest = ''] = /^\/([^/?]*)(.*)$/s.exec(url ?? '') ?? []
  if (!isSame(first, secret)) return undefined
  const [path = ''] = rest.split('?')
  const isClimbing = path.split('/').some((part) => /^(\.|%2e){1,2}$/i.test(part)) || /%2f|\\/i.test(path)
  return isClimbing ? undefined : rest
}

/** A page of a browser reaches a loopback port by a name of its own; nobody else sends another Host. */
const isLoopback = ({ headers }: IncomingMessage): boolean => /^127\.0\.0\.1:\d+$/.test(headers.host ?? '')

const responseHead = ({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string => {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`]
  for (let index = 0; index < rawHeaders.length; index += 2)
    lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}

/**
 * Listens on this machine alone and passes HTTP, event streams and WebSockets on to the Agent's server. With `authorization`
 * only requests that carry it get through: an address stands in the list of processes, where other people of the machine
 * read it, and a password in the environment does not.
 */
export const startProxy = async (
  { url, options, headers }: Upstream,
  authorization?: string,
): Promise<LoopbackProxy> => {
  const secret = randomBytes(24).toString('base64url')
  const sockets = new Set<Duplex>()

  /** The path to ask the server for; undefined for a stranger. */
  const allowed = (incoming: IncomingMessage): string | undefined => {
    if (!isLoopback(incoming)) return undefined
    if (authorization !== undefined && !isSame(incoming.headers.authorization ?? '', authorization)) return undefined
    return restOf(incoming.url, secret)
  }

  const open = async (incoming: IncomingMessage, rest: string, more: OutgoingHttpHeaders = {}) => {
    const target = new URL(`${url}${rest}`)
    const send = target.protocol === 'https:' ? httpsRequest : httpRequest
    const own = await options()
    return send(target, {
      ...own,
      method: incoming.method ?? 'GET',
      headers: { ...passedOn(incoming.headers), ...(own.headers as OutgoingHttpHeaders), ...headers, ...more },
    })
  }

  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const rest = allowed(incoming)
    if (rest === undefined) {
      outgoing.writeHead(404).end()
      return
    }
    const request = await open(incoming, rest)
    request.on('response', (response) => {
      const { connection: _hop, 'transfer-encoding': _coding, 'keep-alive': _alive, ...kept } = response.headers
      outgoing.writeHead(response.statusCode ?? 502, kept)
      // An event stream says nothing for a while and is there all the same.
      outgoing.flushHeaders()
      response.pipe(outgoing)
      response.on('error', () => outgoing.destroy())
    })
    request.on('error', () => {
      if (outgoing.headersSent) outgoing.destroy()
      else outgoing.writeHead(502, { 'content-type': 'text/plain' }).end('the cluster did not answer')
    })
    outgoing.on('close', () => request.destroy())
    incoming.pipe(request)
  }

  const upgrade = async (incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const rest = allowed(incoming)
    // A WebSocket of a page carries its Origin; OpenCode's own client sends none.
    if (rest === undefined || incoming.headers.origin !== undefined) {
      socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n')
      return
    }
    const request = await open(incoming, rest, {
      connection: 'Upgrade',
      upgrade: incoming.headers.upgrade ?? 'websocket',
    })
    request.on('upgrade', (response, far, farHead) => {
      sockets.add(far)
      socket.write(responseHead(response))
      if (farHead.length > 0) socket.write(farHead)
      if (head.length > 0) far.write(head)
      far.pipe(socket).pipe(far)
      const end = (): void => {
        far.destroy()
        socket.destroy()
        sockets.delete(far)
      }
      for (const side of [far, socket]) side.on('error', end).on('close', end)
    })
    request.on('response', (response) => {
      socket.write(responseHead(response))
      response.pipe(socket)
    })
    request.on('error', () => socket.destroy())
    socket.on('error', () => request.destroy())
    request.end()
  }

  const server = createServer({ requestTimeout: 0 }, (incoming, outgoing) => {
    answer(incoming, outgoing).catch(() => outgoing.destroy())
  })
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgrade(incoming, socket, head).catch(() => socket.destroy())
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/${secret}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
