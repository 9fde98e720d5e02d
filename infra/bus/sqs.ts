import type { SQSClient } from '@aws-sdk/client-sqs'
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs'
import type { Clock, EventBus } from '../../shared/ports.ts'
import { cloudEventOf } from './cloud-event.ts'
import { eventSender } from './event-bridge.ts'

export interface SqsOptions {
  readonly queues: Pick<SQSClient, 'send'>
  /** Queue that feeds the function which the rule of the bus feeds too. */
  readonly queueUrl: string
  /** URI of the cluster. */
  readonly source: string
  readonly clock: Clock
}

/** SQS waits no longer. What is due later is found by the tick or the sweep, which come sooner than that. */
const longestDelaySeconds = 900

/** A queue that can wait: hints for later, which travel together where they are published at once. */
export const createSqsBus = ({ queues, queueUrl, source, clock }: SqsOptions): EventBus => {
  const send = eventSender(async (batch) => {
    const Entries = batch.map((event, index) => ({
      Id: String(index),
      MessageBody: JSON.stringify(event),
      DelaySeconds: Math.ceil(event.data.afterSeconds ?? 0),
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
  }, clock)
  return {
    publish: async (hint) => {
      if ((hint.afterSeconds ?? 0) > longestDelaySeconds) return
      await send(cloudEventOf(hint, { id: crypto.randomUUID(), source, now: clock.now() }))
    },
  }
}
