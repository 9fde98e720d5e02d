import { RetryableError, sentenceOf } from '../../shared/errors.ts'
import type { Clock, EventBus } from '../../shared/ports.ts'
import { inBatches } from '../bus/batches.ts'
import type { CloudEvent } from '../bus/cloud-event.ts'
import { cloudEventOf } from '../bus/cloud-event.ts'

/** A binding to a Cloudflare Queue, as far as it is used. https://developers.cloudflare.com/queues/configuration/javascript-apis/ */
export interface Queue {
  sendBatch(
    messages: readonly { readonly body: CloudEvent; readonly contentType: 'json'; readonly delaySeconds?: number }[],
  ): Promise<unknown>
}

export interface QueueBusOptions {
  readonly queue: Queue
  /** URI of the cluster. */
  readonly source: string
  readonly clock: Clock
}

/** A queue takes so many at once, or 256 KB; so many of our longest hints have less. */
export const batchSize = 100

/** A queue waits for a day. What is due later than this is found by the sweep, which comes sooner. */
const longestDelaySeconds = 900

const tries = 4
const firstRetryMs = 100

/**
 * The event bus on Cloudflare: hints are messages of a Queue, which waits with those for later. Hints that are published at
 * once travel together. Throws RetryableError where a hint was not taken, so that whoever published it does not believe that it is on its way.
 */
export const createQueueBus = ({ queue, source, clock }: QueueBusOptions): EventBus => {
  const send = inBatches<CloudEvent>(batchSize, async (batch) => {
    const messages = batch.map((body) => {
      const { afterSeconds = 0 } = body.data
      return { body, contentType: 'json' as const, ...(afterSeconds > 0 && { delaySeconds: Math.ceil(afterSeconds) }) }
    })
    for (let round = 1; ; round += 1)
      try {
        await queue.sendBatch(messages)
        return []
      } catch (cause) {
        if (round < tries) await clock.sleep(firstRetryMs * 2 ** (round - 1))
        else
          return batch.map(
            ({ subject }) =>
              new RetryableError(`the hint for ${subject} was not sent: ${sentenceOf(cause)}`, { cause }),
          )
      }
  })
  return {
    publish: async (hint) => {
      if ((hint.afterSeconds ?? 0) > longestDelaySeconds) return
      await send(cloudEventOf(hint, { id: crypto.randomUUID(), source, now: clock.now() }))
    },
  }
}
