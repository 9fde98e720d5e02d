import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { sentenceOf } from '../../shared/errors.ts'
import { deliverAll } from '../serverless/deliver.ts'
import { retrySeconds } from '../serverless/retry.ts'
import type { World } from '../serverless/world.ts'
import { flushMs } from '../serverless/world.ts'
import type { Postpone } from './postpone.ts'

/** What the function of the queue needs beside what all need. */
export interface QueueWorld extends World {
  readonly postpone: Postpone
}

/** As long as the queue itself hides what it has given out. */
const longestRetrySeconds = 180

/** A rule of EventBridge wraps the event; what waited in the queue is the event itself. */
const eventIn = ({ body }: SQSRecord): unknown => {
  try {
    const message: unknown = JSON.parse(body)
    const isWrapped = typeof message === 'object' && message !== null && 'detail' in message
    return isWrapped ? message.detail : message
  } catch {
    return undefined
  }
}

/**
 * The function of the queue: names what failed, so that the queue brings that back and nothing else, and has it brought
 * soon. Where the queue does not take that, it brings it back when it would by itself.
 */
export const reconcileHandler =
  (world: () => Promise<QueueWorld>) =>
  async ({ Records }: Pick<SQSEvent, 'Records'>): Promise<SQSBatchResponse> => {
    const here = await world()
    const messages = Records.map((record) => ({ id: record.messageId, event: eventIn(record) }))
    const failed = await deliverAll(here, messages)
    const back = Records.filter(({ messageId }) => failed.has(messageId)).map(
      ({ messageId, receiptHandle, attributes: { ApproximateReceiveCount } }) => ({
        receiptHandle,
        seconds: retrySeconds(failed.get(messageId), Number(ApproximateReceiveCount), longestRetrySeconds),
      }),
    )
    if (back.length > 0)
      await here.postpone(back).catch((error: unknown) =>
        here.deps.log.warn('messages come back later than they should', {
          messages: back.length,
          error: sentenceOf(error),
        }),
      )
    await here.traces?.flush(flushMs)
    return { batchItemFailures: [...failed.keys()].map((itemIdentifier) => ({ itemIdentifier })) }
  }
