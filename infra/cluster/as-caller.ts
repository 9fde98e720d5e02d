import type { Ask, ApiserverOf, Caller } from '../../functions/api/apiserver.ts'
import { RetryableError } from '../../shared/errors.ts'
import type { Connection } from './rest.ts'
import { codeOf } from '../../shared/errors.ts'

/** Until the first byte of a stream, and for the whole of everything else: admission and a service proxy take their time. */
const usualBudgetMs = 30_000

const bodyOf = (body: Ask['body']): BodyInit | undefined =>
  body === undefined || body instanceof Uint8Array ? body : JSON.stringify(body)

/** The signal of a request, and what ends the waiting for it. */
const bounded = (budgetMs: number, { isStream, signal }: Ask) => {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(new DOMException('late', 'TimeoutError')), budgetMs)
  return {
    signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal,
    hasBegun: (): void => {
      if (isStream) clearTimeout(timer)
    },
    isOver: (): void => clearTimeout(timer),
  }
}

/** The answer with a body whose end or failure is told; what it fails with is the reader's to understand. */
const watched = (response: Response, isOver: () => void, translated: (cause: unknown) => unknown): Response => {
  if (!response.body) {
    isOver()
    return response
  }
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader()
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read()
          if (!done) return controller.enqueue(value)
          isOver()
          controller.close()
        } catch (cause) {
          isOver()
          controller.error(translated(cause))
        }
      },
      cancel: (reason) => {
        isOver()
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
  const { status, statusText, headers } = response
  return new Response(body, { status, statusText, headers })
}

const headersOf = (
  caller: Caller | undefined,
  { headers = {}, body }: Ask,
  manager: string,
): Record<string, string> => ({
  accept: 'application/json',
  'user-agent': manager,
  ...(body !== undefined && !(body instanceof Uint8Array) && { 'content-type': 'application/json' }),
  ...headers,
  ...(caller?.kind === 'token' && { authorization: `Bearer ${caller.token}` }),
})

/**
 * The apiserver as each caller reaches it: with the caller's token and nothing of ours over a connection that has no
 * credentials of its own, or with the credentials of the connection for the person whose kubeconfig it is.
 */
export const asCaller =
  ({ server, fetch, manager }: Connection, budgetMs = usualBudgetMs): ApiserverOf =>
  (caller) =>
  async (ask) => {
    const { method = 'GET', path } = ask
    const bounds = bounded(budgetMs, ask)
    const body = bodyOf(ask.body)
    const failed =
      (what: string) =>
      (cause: unknown): RetryableError => {
        const isLate = cause instanceof Error && cause.name === 'TimeoutError'
        const why = isLate ? `${budgetMs} ms have passed` : codeOf(cause)
        return new RetryableError(`the apiserver did not ${what}${why === undefined ? '' : `: ${why}`}`, { cause })
      }
    try {
      const response = await fetch(`${server}${path}`, {
        method,
        headers: headersOf(caller, ask, manager),
        ...(body !== undefined && { body }),
        signal: bounds.signal,
        // A redirect would take the caller's token to wherever it points.
        redirect: 'manual',
      })
      bounds.hasBegun()
      return watched(response, bounds.isOver, failed('finish its answer'))
    } catch (cause) {
      bounds.isOver()
      throw failed('answer')(cause)
    }
  }
