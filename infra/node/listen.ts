import { createAdaptorServer } from '@hono/node-server'
import type { createServer as createHttp, Server } from 'node:http'
import type { createServer as createHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { WebSocketServer } from 'ws'

export type Fetch = (request: Request, env?: unknown) => Response | Promise<Response>

export interface Listening {
  readonly server: Server
  readonly port: number
  /** From now on each connection ends with its next answer, so that clients turn to other copies. */
  readonly drain: () => void
  /** Takes no more requests, and ends those under way after the grace. */
  readonly close: (graceSeconds?: number) => Promise<void>
}

export interface ListenOptions {
  readonly fetch: Fetch
  /** 0 takes any free port. */
  readonly port: number
  readonly hostname?: string
  /** More open connections than this are closed at once. */
  readonly mostConnections: number
  readonly createServer: typeof createHttp | typeof createHttps
  readonly serverOptions: object
  /** Where the app makes WebSockets of requests. */
  readonly sockets?: WebSocketServer
}

/** Serves an app until it is closed. Gives back once it listens. */
export const listen = async (options: ListenOptions): Promise<Listening> => {
  const { fetch, port, hostname, mostConnections, createServer, serverOptions, sockets } = options
  let isDraining = false
  const server = createAdaptorServer({
    fetch: async (request: Request, env: unknown) => {
      const response = await fetch(request, env)
      if (isDraining) response.headers.set('connection', 'close')
      return response
    },
    createServer,
    serverOptions,
    ...(sockets && { websocket: { server: sockets } }),
  } as Parameters<typeof createAdaptorServer>[0]) as Server
  server.maxConnections = mostConnections
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, ...(hostname !== undefined && { host: hostname }) }, () => resolve())
  })
  return {
    server,
    port: (server.address() as AddressInfo).port,
    drain: () => {
      isDraining = true
    },
    close: async (graceSeconds = 5) => {
      isDraining = true
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      for (const socket of sockets?.clients ?? []) socket.close(1001, 'the server ends; connect again')
      const timer = setTimeout(() => {
        server.closeAllConnections()
        for (const socket of sockets?.clients ?? []) socket.terminate()
      }, graceSeconds * 1000)
      await closed
      clearTimeout(timer)
    },
  }
}
