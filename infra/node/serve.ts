import { createServer } from 'node:https'
import type { Server } from 'node:https'
import type { Pair } from '../certificates/issue.ts'
import type { Listening } from './listen.ts'
import { listen } from './listen.ts'

export interface HttpsServer extends Omit<Listening, 'server'> {
  /** New connections get this certificate; those that are open stay. Throws, and changes nothing, where it is none. */
  readonly reload: (certificates: Pair) => void
}

export interface ServeOptions {
  readonly fetch: (request: Request) => Response | Promise<Response>
  readonly certificates: Pair
  /** 0 takes any free port. */
  readonly port: number
  readonly hostname?: string
}

/** An apiserver has a few dozen. */
const mostConnections = 2_000

/** Serves an app over HTTPS until it is closed. Gives back once it listens. */
export const serveHttps = async ({ certificates, ...options }: ServeOptions): Promise<HttpsServer> => {
  const { server, ...listening } = await listen({
    ...options,
    mostConnections,
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
  })
  return {
    ...listening,
    reload: ({ certificate, key }) => (server as unknown as Server).setSecureContext({ cert: certificate, key }),
  }
}
