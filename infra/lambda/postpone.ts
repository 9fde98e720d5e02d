import type { SQSClient } from '@aws-sdk/client-sqs'
import { ChangeMessageVisibilityBatchCommand } from '@aws-sdk/client-sqs'

/** A message that was received, and how long from now nobody shall see it. */
export interface Postponed {
  readonly receiptHandle: string
  readonly seconds: number
}

/** Has received messages come back sooner or later than the queue would bring them by itself. At most ten at once. */
export type Postpone = (messages: readonly Postponed[]) => Promise<void>

export const createPostpone =
  (queues: Pick<SQSClient, 'send'>, queueUrl: string): Postpone =>
  async (messages) => {
    const Entries = messages.map(({ receiptHandle, seconds }, index) => ({
      Id: String(index),
      ReceiptHandle: receiptHandle,
      VisibilityTimeout: seconds,
    }))
    await queues.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }))
  }
