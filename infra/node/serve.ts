import { createAdaptorServer } from '@hono/node-server'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Pair } from '../certificates/issue.ts'

export interface HttpsServer {
  readonly port: number
  /** New connections get this certificate; those that are open stay. Throws, and changes nothing, where it is none. */
  readonly reload: (certificates: Pair) => void
  /** From now on each connection ends with its next answer, so that the apiserver turns to other copies. */
  readonly drain: () => void
  /** Takes no more requests, and ends those under way after the grace. */
  readonly close: (graceSeconds?: number) => Promise<void>
}

export interface ServeOptions {
  readonly fetch: (request: Request) => Response | Promise<Response>
  readonly certificates: Pair
  /** 0 takes any free port. */
  readonly port: number
  readonly hostname?: string
}

/** More open connections than this are closed at once: an apiserver has a few dozen. */
const mostConnections = 2_000

/** Serves an app over HTTPS until it is closed. Gives back once it listens. */
export const serveHttps = async ({ fetch, certificates, port, hostname }: ServeOptions): Promise<HttpsServer> => {
  let isDraining = false
  const server = createAdaptorServer({
    fetch: async (request: Request) => {
      const response = await fetch(request)
      if (isDraining) response.headers.set('connection', 'close')
      return response
    },
    createServer,
    serverOptions: {
      cert: certificates.certificate,
      key: certificates.key,
      headersTimeout: 5_000,
      requestTimeout: 10_000,
      // An apiserver keeps idle connections for 90 s; a server that closes first makes it fail now and then.
      keepAliveTimeout: 120_000,
      connectionsCheckingInterval: 2_000,
    },
  }) as Server
  server.maxConnections = mostConnections
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, ...(hostname !== undefined && { host: hostname }) }, () => resolve())
  })
  return {
    port: (server.address() as AddressInfo).port,
    reload: ({ certificate, key }) => server.setSecureContext({ cert: certificate, key }),
    drain: () => {
      isDraining = true
    },
    close: async (graceSeconds = 5) => {
      isDraining = true
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      const timer = setTimeout(() => server.closeAllConnections(), graceSeconds * 1000)
      await closed
      clearTimeout(timer)
    },
  }
}
