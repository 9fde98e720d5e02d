import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import type { RequestOptions } from 'node:https'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { perTrust, signed, trustOf } from './credentials.ts'
import type { Endpoint } from './endpoint.ts'
import type { Connection } from './rest.ts'

const answered = (url: string, init: RequestInit, agent: RequestOptions['agent']): Promise<Response> =>
  new Promise((settle, fail) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest
    const { signal, method = 'GET', body } = init
    const request = send(url, {
      agent,
      method,
      headers: { 'accept-encoding': 'gzip', ...(init.headers as Record<string, string>) },
      ...(signal && { signal }),
    })
    request.on('error', (error) => fail(signal?.aborted ? (signal.reason as Error) : error))
    request.on('response', (response) => {
      const { statusCode = 500, headers: all } = response
      const kept = Object.entries(all).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as [string, string]],
      )
      const isZipped = all['content-encoding'] === 'gzip'
      const plain = isZipped ? response.pipe(createGunzip()) : response
      if (isZipped) response.on('error', (error) => plain.destroy(error))
      const hasBody = statusCode !== 204 && statusCode !== 304
      if (!hasBody) response.resume()
      settle(
        new Response(hasBody ? (Readable.toWeb(plain) as unknown as ReadableStream<Uint8Array>) : null, {
          status: statusCode,
          headers: kept,
        }),
      )
    })
    request.end(body)
  })

/** A connection over Node's own https, which costs a program that starts often the least. */
export const connectByHttps = (endpoint: Endpoint, manager: string): Connection => {
  const current = perTrust(endpoint, (options) => {
    const Agent = endpoint.server.startsWith('https:') ? HttpsAgent : HttpAgent
    return { agent: options.agent ?? new Agent({ keepAlive: true, ...trustOf(options) }) }
  })
  return {
    server: endpoint.server,
    manager,
    fetch: async (url, init) => {
      const { made, headers } = await current()
      return answered(url, signed(init, headers), made.agent)
    },
  }
}
