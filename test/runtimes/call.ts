import type { IncomingMessage } from 'node:http'
import { request as open } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'

export interface Call {
  readonly method?: string
  /** Sent as it is. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** What comes piece by piece is sent in chunks, without a length. */
  readonly body?: string | Buffer | AsyncIterable<string | Buffer>
}

export interface Answered {
  /** `closed` where the connection ended before an answer was read, as it may for whoever is still sending. */
  readonly status: number | 'closed' | undefined
  readonly body: string
}

const isWhole = (body: Call['body']): body is string | Buffer => typeof body === 'string' || Buffer.isBuffer(body)

const isClosed = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')

/** One request over HTTP; its answer counts as soon as it is there, however much of the body was still to come. */
export const call = async (
  base: string,
  { method = 'POST', path, headers = {}, body = '' }: Call,
): Promise<Answered> => {
  const { hostname, port } = new URL(base)
  const request = open({
    hostname,
    port,
    method,
    path,
    agent: false,
    headers: {
      'content-type': 'application/json',
      ...(isWhole(body) && { 'content-length': Buffer.byteLength(body) }),
      ...headers,
    },
  })
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve)
    request.on('error', reject)
  })
  // Who is answered before the body has gone is not heard to the end.
  pipeline(Readable.from(isWhole(body) ? [body] : body), request).catch(() => {})
  try {
    const response = await answered
    return { status: response.statusCode, body: await text(response) }
  } catch (error) {
    if (isClosed(error)) return { status: 'closed', body: '' }
    throw error
  } finally {
    request.destroy()
  }
}
