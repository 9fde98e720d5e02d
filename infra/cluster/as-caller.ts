import type { Ask, ApiserverOf, Caller } from '../../functions/api/apiserver.ts'
import { RetryableError } from '../../shared/errors.ts'
import type { Connection } from './rest.ts'
import { codeOf } from './rest.ts'

/** Until the first byte of a stream, and for the whole of everything else: admission and a service proxy take their time. */
const usualBudgetMs = 30_000

const bodyOf = (body: Ask['body']): BodyInit | undefined =>
  body === undefined || body instanceof Uint8Array ? body : JSON.stringify(body)

/** The signal of a request, and what ends the waiting for its first byte. */
const bounded = (budgetMs: number, { isStream, signal }: Ask) => {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(new DOMException('late', 'TimeoutError')), budgetMs)
  return {
    signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal,
    hasBegun: (): void => {
      if (isStream) clearTimeout(timer)
    },
    hasFailed: (): void => clearTimeout(timer),
  }
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
      return response
    } catch (cause) {
      bounds.hasFailed()
      const isLate = cause instanceof Error && cause.name === 'TimeoutError'
      const why = isLate ? `${budgetMs} ms have passed` : codeOf(cause)
      throw new RetryableError(`the apiserver did not answer${why === undefined ? '' : `: ${why}`}`, { cause })
    }
  }
