import type { SQSClient } from '@aws-sdk/client-sqs'
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs'
import type { EventBus } from '../../shared/ports.ts'
import type { SenderOptions } from './sender.ts'
import { createWaitingBus, delaySecondsOf } from './sender.ts'

export interface SqsOptions extends Pick<SenderOptions, 'source' | 'clock'> {
  readonly queues: Pick<SQSClient, 'send'>
  /** Queue that feeds the function which the rule of the bus feeds too. */
  readonly queueUrl: string
}

/** The service takes so many at once; ten of our longest hints are far below the bytes it takes. */
const batchSize = 10

/** A queue that can wait: hints for later, which travel together where they are published at once. */
export const createSqsBus = ({ queues, queueUrl, source, clock }: SqsOptions): EventBus => {
  const put: SenderOptions['put'] = async (batch) => {
    const Entries = batch.map((event, index) => ({
      Id: String(index),
      MessageBody: JSON.stringify(event),
      DelaySeconds: delaySecondsOf(event),
    }))
    const { Successful = [], Failed = [] } = await queues.send(
      new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }),
    )
    const taken = new Set(Successful.map(({ Id }) => Id))
    const failed = new Map(Failed.map(({ Id, Code, Message }) => [Id, `${Code}: ${Message}`]))
    return batch.map((_, index) => {
      const id = String(index)
      return taken.has(id) ? undefined : (failed.get(id) ?? 'the queue did not take it')
    })
  }
  return createWaitingBus({ batchSize, put, source, clock })
}
