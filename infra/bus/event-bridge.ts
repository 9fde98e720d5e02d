import type { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { RetryableError, sentenceOf } from '../../shared/errors.ts'
import type { Clock, EventBus } from '../../shared/ports.ts'
import { inBatches } from './batches.ts'
import type { CloudEvent } from './cloud-event.ts'
import { cloudEventOf, hintType } from './cloud-event.ts'

export interface EventBridgeOptions {
  readonly events: Pick<EventBridgeClient, 'send'>
  /** Name or ARN of the event bus. */
  readonly busName: string
  /** Takes the hints for later, which a bus of EventBridge cannot hold; without it the schedule alone knows of them. */
  readonly later?: EventBus
  /** URI of the cluster. */
  readonly source: string
  readonly clock: Clock
}

/** Both services take so many at once; ten of our longest hints are far below the bytes they take. */
const batchSize = 10

/** `source` of our events, by which the rule of the bus knows them. */
export const eventSource = 'kubeopencode.io'

const tries = 4
const firstRetryMs = 100

/** What a service said of one entry; undefined where it took it. */
export type Refusal = string | undefined

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

/** Gathers events and gives them to `put` ten at a time; rejects with RetryableError where one was never taken. */
export const eventSender = (
  put: (batch: readonly CloudEvent[]) => Promise<readonly Refusal[]>,
  clock: Clock,
): ((event: CloudEvent) => Promise<void>) =>
  inBatches<CloudEvent>(batchSize, async (batch) => {
    const refused = await persistently(batch, put, clock)
    return batch.map((event) => {
      const why = refused.get(event)
      return why === undefined ? undefined : new RetryableError(`the hint for ${event.subject} was not sent: ${why}`)
    })
  })

/**
 * The event bus on AWS: a hint for now is an EventBridge event, which a rule puts into the queue of the function; a hint
 * for later goes to `later`. Hints that are published at once travel together. Throws RetryableError where a hint was not
 * taken, so that whoever published it does not believe that it is on its way.
 */
export const createEventBridgeBus = ({ events, busName, source, later, clock }: EventBridgeOptions): EventBus => {
  const send = eventSender(async (batch) => {
    const Entries = batch.map((event) => ({
      EventBusName: busName,
      Source: eventSource,
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
  }, clock)
  return {
    publish: async (hint) => {
      if ((hint.afterSeconds ?? 0) > 0) await later?.publish(hint)
      else await send(cloudEventOf(hint, { id: crypto.randomUUID(), source, now: clock.now() }))
    },
  }
}
