import { RetryableError, sentenceOf } from '../../shared/errors.ts'
import type { Hint } from '../../shared/hint.ts'
import type { Clock, EventBus } from '../../shared/ports.ts'
import { inBatches } from './batches.ts'
import type { CloudEvent } from './cloud-event.ts'
import { cloudEventOf } from './cloud-event.ts'

/** What a service said against one entry: a sentence, or what was thrown. Undefined where it took it. */
export type Refusal = unknown

export interface SenderOptions {
  /** As many as the service takes at once. */
  readonly batchSize: number
  /** Gives a batch to the service, and what it said of each; what it throws is said of all. */
  readonly put: (batch: readonly CloudEvent[]) => Promise<readonly Refusal[]>
  /** URI of the cluster. */
  readonly source: string
  readonly clock: Clock
}

const tries = 4
const firstRetryMs = 100

/** What is due later than this is left to the tick and the sweep, which come sooner. SQS waits no longer. */
const longestDelaySeconds = 900

/** Whole seconds, never less than was asked for. */
export const delaySecondsOf = ({ data: { afterSeconds = 0 } }: CloudEvent): number => Math.ceil(afterSeconds)

/**
 * Gives `entries` to `put` until each is taken, those that were refused again with doubling waits. Resolves to what was
 * said of those that never were.
 */
const persistently = async <T>(
  entries: readonly T[],
  put: (entries: readonly T[]) => Promise<readonly Refusal[]>,
  clock: Clock,
): Promise<ReadonlyMap<T, Refusal>> => {
  let left = new Map<T, Refusal>(entries.map((entry) => [entry, undefined]))
  for (let round = 0; round < tries && left.size > 0; round += 1) {
    if (round > 0) await clock.sleep(firstRetryMs * 2 ** (round - 1))
    const asked = [...left.keys()]
    const refusals = await put(asked).catch((error: unknown) => asked.map(() => error))
    left = new Map(asked.flatMap((entry, index) => (refusals[index] === undefined ? [] : [[entry, refusals[index]]])))
  }
  return left
}

/**
 * Sends hints as CloudEvents; those of one turn travel together. Rejects with RetryableError where a hint was never taken,
 * so that whoever published it does not believe that it is on its way.
 */
export const hintSender = ({ batchSize, put, source, clock }: SenderOptions): ((hint: Hint) => Promise<void>) => {
  const send = inBatches<CloudEvent>(batchSize, async (batch) => {
    const refused = await persistently(batch, put, clock)
    return batch.map((event) => {
      const cause = refused.get(event)
      return cause === undefined
        ? undefined
        : new RetryableError(`the hint for ${event.subject} was not sent: ${sentenceOf(cause)}`, { cause })
    })
  })
  return (hint) => send(cloudEventOf(hint, { id: crypto.randomUUID(), source, now: clock.now() }))
}

/** The event bus of a queue that can wait. */
export const createWaitingBus = (options: SenderOptions): EventBus => {
  const send = hintSender(options)
  return {
    publish: async (hint) => {
      if ((hint.afterSeconds ?? 0) <= longestDelaySeconds) await send(hint)
    },
  }
}
