import type { Dispatcher } from 'undici'
import { Agent, fetch, request } from 'undici'
import { perTrust, signed, trustOf } from './credentials.ts'
import type { Endpoint } from './endpoint.ts'
import type { Connection } from './rest.ts'

/** Idle connections are kept for the next burst of events; apiservers keep theirs longer. */
const keepAliveMs = 60_000

/** undici's two ways over one dispatcher: `fetch` with web streams, and `request`, which takes about half of its processor time. */
const transportOver = (dispatcher: Dispatcher): Required<Pick<Connection, 'fetch' | 'request'>> => ({
  fetch: async (url, init) =>
    (await fetch(url, { ...init, dispatcher } as Parameters<typeof fetch>[1])) as unknown as Response,
  request: async (url, { method, headers, body, signal }) => {
    const answer = await request(url, {
      dispatcher,
      method: method as Dispatcher.HttpMethod,
      headers: headers as Record<string, string>,
      ...(body !== undefined && { body: body as string }),
      ...(signal && { signal }),
    })
    const get = (name: string): string | null => {
      const value = answer.headers[name.toLowerCase()]
      return value === undefined ? null : [value].flat().join(', ')
    }
    return { status: answer.statusCode, headers: { get }, body: answer.body }
  },
})

/** A connection of a program that runs for long; kubeoc's is in `https.ts`. */
export const connect = (endpoint: Endpoint, manager: string): Connection => {
  const current = perTrust(endpoint, async (options) =>
    transportOver(
      (await endpoint.proxy?.()) ??
        // HTTP/2 would put every watch on one connection, of which an apiserver takes a bounded number of streams, and
        // undici throws out of nowhere when that connection is closed under it.
        new Agent({ connect: trustOf(options), keepAliveTimeout: keepAliveMs, allowH2: false }),
    ),
  )
  return {
    server: endpoint.server,
    manager,
    fetch: async (url, init) => {
      const { made, headers } = await current()
      return made.fetch(url, signed(init, headers))
    },
    request: async (url, init) => {
      const { made, headers } = await current()
      return made.request(url, signed(init, headers))
    },
  }
}
