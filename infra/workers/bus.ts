import type { EventBus } from '../../shared/ports.ts'
import type { CloudEvent } from '../bus/cloud-event.ts'
import type { SenderOptions } from '../bus/sender.ts'
import { createWaitingBus, delaySecondsOf } from '../bus/sender.ts'

/** A binding to a Cloudflare Queue, as far as it is used. https://developers.cloudflare.com/queues/configuration/javascript-apis/ */
export interface Queue {
  sendBatch(
    messages: readonly { readonly body: CloudEvent; readonly contentType: 'json'; readonly delaySeconds?: number }[],
  ): Promise<unknown>
}

export interface QueueBusOptions extends Pick<SenderOptions, 'source' | 'clock'> {
  readonly queue: Queue
}

/** A queue takes so many at once, or 256 KB; so many of our longest hints have less. */
export const batchSize = 40

/** The event bus on Cloudflare: hints are messages of a Queue, which waits with those for later. */
export const createQueueBus = ({ queue, source, clock }: QueueBusOptions): EventBus => {
  const put: SenderOptions['put'] = async (batch) => {
    await queue.sendBatch(
      batch.map((body) => {
        const delaySeconds = delaySecondsOf(body)
        return { body, contentType: 'json', ...(delaySeconds > 0 && { delaySeconds }) }
      }),
    )
    return []
  }
  return createWaitingBus({ batchSize, put, source, clock })
}
