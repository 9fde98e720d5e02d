/** The few calls of an OpenCode server's API that a run needs, each with a time limit of its own. */
import { readEvents } from './events.ts'
import { parseJson } from './json.ts'
import type { ServerEvent } from './lines.ts'

export type Answer = { readonly status: number; readonly body: unknown }

/** No usable answer: refused, timed out, or something else than the API. Worth another try. */
export class ServerUnreachable extends Error {}

export type OpencodeServer = {
  readonly url: string
  /** Throws ServerUnreachable; any HTTP status with a JSON body (or none) is an answer. */
  readonly call: (method: 'GET' | 'POST', path: string, body?: unknown, timeoutMs?: number) => Promise<Answer>
  /** Ends when the connection does, or after `silenceMs` without a byte. Throws ServerUnreachable when it cannot connect. */
  readonly events: (signal: AbortSignal, silenceMs?: number) => Promise<AsyncIterable<ServerEvent>>
}

export type Credentials = { readonly username: string; readonly password: string }

const basic = ({ username, password }: Credentials): string =>
  `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${username}:${password}`)))}`

const reasonOf = (error: unknown, timeoutMs: number): string => {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message : String(cause)
}

export const connectServer = (url: string, credentials?: Credentials, traceparent?: string): OpencodeServer => {
  const base = url.replace(/\/+$/, '')
  const headers = {
    ...(credentials && { authorization: basic(credentials) }),
    ...(traceparent !== undefined && { traceparent }),
  }

  const call: OpencodeServer['call'] = async (method, path, body, timeoutMs = 10_000) => {
    try {
      const response = await fetch(base + path, {
        method,
        headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeoutMs),
      })
      const content = await response.text()
      // Unknown paths answer 200 with the web page of the server.
      if (response.ok && /text\/html/.test(response.headers.get('content-type') ?? ''))
        throw new ServerUnreachable(`${base}${path} answers with a web page; this is not the API of an OpenCode server`)
      return { status: response.status, body: parseJson(content) }
    } catch (error) {
      if (error instanceof ServerUnreachable) throw error
      throw new ServerUnreachable(`${base} cannot be reached: ${reasonOf(error, timeoutMs)}`, { cause: error })
    }
  }

  const events: OpencodeServer['events'] = async (signal, silenceMs = 60_000) => {
    const connectMs = 10_000
    const silence = new AbortController()
    let timer = setTimeout(() => silence.abort(), connectMs)
    const restart = (): void => {
      clearTimeout(timer)
      timer = setTimeout(() => silence.abort(), silenceMs)
    }
    try {
      const response = await fetch(`${base}/event`, { headers, signal: AbortSignal.any([signal, silence.signal]) })
      const body = response.body
      if (!response.ok || !body) throw new ServerUnreachable(`${base}/event answers ${response.status}`)
      const bytes = async function* (): AsyncGenerator<Uint8Array> {
        const reader = body.getReader()
        try {
          for (;;) {
            restart()
            // A broken connection is an end like any other; the caller asks the server what is true.
            const { value } = await reader.read().catch(() => ({ value: undefined }))
            if (value === undefined) return
            yield value
          }
        } finally {
          clearTimeout(timer)
          await reader.cancel().catch(() => undefined)
        }
      }
      return readEvents(bytes())
    } catch (error) {
      clearTimeout(timer)
      if (error instanceof ServerUnreachable) throw error
      throw new ServerUnreachable(`${base}/event cannot be reached: ${reasonOf(error, connectMs)}`, { cause: error })
    }
  }

  return { url: base, call, events }
}
