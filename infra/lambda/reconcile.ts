import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { deliverAll } from '../serverless/deliver.ts'
import type { World } from '../serverless/world.ts'

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

/** The function of the queue: names what failed, so that the queue brings that back and nothing else. */
export const reconcileHandler =
  (world: () => Promise<World>) =>
  async ({ Records }: Pick<SQSEvent, 'Records'>): Promise<SQSBatchResponse> => {
    const messages = Records.map((record) => ({ id: record.messageId, event: eventIn(record) }))
    const failed = await deliverAll(await world(), messages)
    return { batchItemFailures: [...failed.keys()].map((itemIdentifier) => ({ itemIdentifier })) }
  }
