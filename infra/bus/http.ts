import { codeOf, RetryableError } from '../../shared/errors.ts'
import type { Clock, EventBus } from '../../shared/ports.ts'
import { cloudEventOf } from './cloud-event.ts'

export interface HttpBusOptions {
  /** Where events go: a Knative Broker, or the address of a sink of ours. It may hold a secret and is never told. */
  readonly sink: string
  /** URI of the cluster. */
  readonly source: string
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  readonly clock: Clock
}

const timeoutMs = 5_000

/**
 * The event bus over HTTP: a hint is a CloudEvent 1.0 in structured mode. A hint for later says so by `afterSeconds`, and is
 * for who receives it to wait with. Throws RetryableError where the sink did not take it.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
 */
export const createHttpBus = ({ sink, source, fetch, clock }: HttpBusOptions): EventBus => ({
  publish: async (hint) => {
    const event = cloudEventOf(hint, { id: crypto.randomUUID(), source, now: clock.now() })
    const notSent = (why: string, cause?: unknown) =>
      new RetryableError(`the hint for ${event.subject} was not sent: ${why}`, { cause })
    let response: Response
    try {
      response = await fetch(sink, {
        method: 'POST',
        headers: { 'content-type': 'application/cloudevents+json; charset=UTF-8' },
        body: JSON.stringify(event),
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      })
    } catch (cause) {
      // No more than the code: the text may hold the address.
      throw notSent(codeOf(cause) ?? 'no answer', cause)
    }
    await response.body?.cancel()
    if (!response.ok) throw notSent(`the sink answered ${response.status}`)
  },
})
