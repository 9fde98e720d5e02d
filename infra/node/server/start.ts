import { createServer } from 'node:http'
import type { ApiDeps } from '../../../functions/api/app.ts'
import { createApi } from '../../../functions/api/app.ts'
import { WebSocketServer } from 'ws'
import type { Listening } from '../listen.ts'
import { listen } from '../listen.ts'
import { largestFrame } from './terminal.ts'

export interface ServerOptions extends ApiDeps {
  /** 0 takes any free port. */
  readonly port: number
  /** All addresses without it. */
  readonly hostname?: string
}

/** Streams stay open: each page of a dashboard has a few. */
const mostConnections = 5_000

/** A token of 64 KiB is to be told that it is none, and not that a header is too long. */
const maxHeaderSize = 96 * 1024

/** The API over HTTP until it is closed; TLS is what stands before it. Gives back once it listens. */
export const startServer = ({ port, hostname, ...deps }: ServerOptions): Promise<Listening> =>
  listen({
    fetch: createApi(deps).fetch,
    port,
    ...(hostname !== undefined && { hostname }),
    mostConnections,
    createServer,
    ...(deps.terminal && {
      sockets: new WebSocketServer({ noServer: true, maxPayload: largestFrame, perMessageDeflate: false }),
    }),
    serverOptions: {
      maxHeaderSize,
      headersTimeout: 5_000,
      requestTimeout: 15_000,
      // Longer than what stands before it keeps a connection that is idle.
      keepAliveTimeout: 120_000,
      connectionsCheckingInterval: 2_000,
    },
  })
