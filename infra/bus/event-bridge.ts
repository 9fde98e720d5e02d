import type { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { PutEventsCommand } from '@aws-sdk/client-eventbridge'
import type { SQSClient } from '@aws-sdk/client-sqs'
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs'
import { RetryableError, sentenceOf } from '../../shared/errors.ts'
import type { Hint } from '../../shared/hint.ts'
import type { Clock, EventBus } from '../../shared/ports.ts'
import { inBatches } from './batches.ts'
import type { CloudEvent } from './cloud-event.ts'
import { cloudEventOf, hintType } from './cloud-event.ts'

export interface EventBridgeOptions {
  readonly events: Pick<EventBridgeClient, 'send'>
  readonly queues: Pick<SQSClient, 'send'>
  /** Name or ARN of the event bus. */
  readonly busName: string
  /** Queue that feeds the function which the bus's rule feeds too; it can wait, which a bus cannot. */
  readonly queueUrl: string
  /** URI of the cluster. */
  readonly source: string
  readonly clock: Clock
}

/** Both services take so many at once; ten of our longest hints are far below the bytes they take. */
const batchSize = 10

/** SQS waits no longer. What is due later is found by the tick or the sweep, which come sooner than that. */
const longestDelaySeconds = 900

const tries = 4
const firstRetryMs = 100

/** What a service said of one entry; undefined where it took it. */
type Refusal = string | undefined

/**
 * Gives `entries` to `put` until each is taken, those that were refused again with doubling waits. Resolves to what was
 * said of those that never were.
 */
const persistently = async <T>(
  entries: readonly T[],
  put: (entries: readonly T[]) => Promise<readonly Refusal[]>,
  clock: Clock,
): Promise<ReadonlyMap<T, string>> => {
  let left = new Map<T, string>(entries.map((entry) => [entry, '']))
  for (let round = 0; round < tries && left.size > 0; round += 1) {
    if (round > 0) await clock.sleep(firstRetryMs * 2 ** (round - 1))
    const asked = [...left.keys()]
    const refusals = await put(asked).catch((error: unknown) => asked.map(() => sentenceOf(error)))
    left = new Map(asked.flatMap((entry, index) => (refusals[index] === undefined ? [] : [[entry, refusals[index]]])))
  }
  return left
}

/**
 * The event bus on AWS: a hint for now is an EventBridge event, which a rule puts into the queue of the function; a hint
 * for later is put into that queue with a delay. Hints that are published at once travel together. Throws RetryableError
 * where a hint was not taken, so that whoever published it does not believe that it is on its way.
 */
export const createEventBridgeBus = (options: EventBridgeOptions): EventBus => {
  const { events, queues, busName, queueUrl, source, clock } = options
  const eventOf = (hint: Hint): CloudEvent => cloudEventOf(hint, { id: crypto.randomUUID(), source, now: clock.now() })

  const putEvents = async (batch: readonly CloudEvent[]): Promise<readonly Refusal[]> => {
    const Entries = batch.map((event) => ({
      EventBusName: busName,
      Source: 'kubeopencode.io',
      DetailType: hintType,
      Detail: JSON.stringify(event),
    }))
    const { Entries: answers = [] } = await events.send(new PutEventsCommand({ Entries }))
    return batch.map((_, index) => {
      const { EventId, ErrorCode, ErrorMessage } = answers[index] ?? {}
      return EventId === undefined
        ? `${ErrorCode ?? 'no answer'}: ${ErrorMessage ?? 'the bus did not take it'}`
        : undefined
    })
  }

  const putLater = async (batch: readonly CloudEvent[]): Promise<readonly Refusal[]> => {
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
  }

  const sender = (put: typeof putEvents) =>
    inBatches<CloudEvent>(batchSize, async (batch) => {
      const refused = await persistently(batch, put, clock)
      return batch.map((event) => {
        const why = refused.get(event)
        return why === undefined ? undefined : new RetryableError(`the hint for ${event.subject} was not sent: ${why}`)
      })
    })
  const [now, later] = [sender(putEvents), sender(putLater)]

  return {
    publish: async (hint) => {
      const wait = hint.afterSeconds ?? 0
      if (wait > longestDelaySeconds) return
      await (wait > 0 ? later : now)(eventOf(hint))
    },
  }
}
