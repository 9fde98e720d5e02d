import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { RetryableError, sentenceOf, unreachableIn } from '../../shared/errors.ts'
import type { Hint } from '../../shared/hint.ts'
import { keyText } from '../../shared/hint.ts'
import { hintOf } from '../bus/cloud-event.ts'
import { outageOf } from '../outage.ts'
import type { World } from './functions.ts'

/** A rule of EventBridge wraps the event; what waited in the queue is the event itself. */
const hintIn = ({ body }: SQSRecord): Hint | undefined => {
  try {
    const message: unknown = JSON.parse(body)
    const isWrapped = typeof message === 'object' && message !== null && 'detail' in message
    return hintOf(isWrapped ? message.detail : message)
  } catch {
    return undefined
  }
}

/** Conflicts are over in a moment, which the queue cannot wait for: it waits for a minute. */
const retryWaitsMs = [50, 100, 200, 400]

const deliver = async ({ rows, deps }: World, hint: Hint): Promise<void> => {
  const row = rows.find(({ kind }) => kind === hint.key.kind)
  if (!row) return
  for (let round = 0; ; round += 1)
    try {
      const { writes, againSeconds } = await row.deliver(hint, deps)
      deps.log[writes > 0 ? 'info' : 'debug']('delivered', { key: keyText(hint.key), writes, againSeconds })
      if (againSeconds !== undefined) await deps.bus.publish({ key: hint.key, afterSeconds: againSeconds })
      return
    } catch (error) {
      const wait = retryWaitsMs[round]
      const isPassing = error instanceof RetryableError && error.retryAfterSeconds === undefined
      // An apiserver that is away is not back in a moment, and each try may take ten seconds.
      if (wait === undefined || !isPassing || unreachableIn(error)) throw error
      await deps.clock.sleep(wait)
    }
}

/**
 * The function of the queue: looks at each object of a batch, one key after the other where it comes twice. What failed
 * is named, so that the queue brings that back and nothing else.
 */
export const reconcileHandler =
  (world: () => Promise<World>) =>
  async ({ Records }: Pick<SQSEvent, 'Records'>): Promise<SQSBatchResponse> => {
    const here = await world()
    const { log, clock } = here.deps
    const outage = outageOf(log, clock)
    const failed: string[] = []
    const byKey = new Map<string, { readonly id: string; readonly hint: Hint }[]>()
    for (const record of Records) {
      const hint = hintIn(record)
      // It would come back for ever, and never be more than it is.
      if (!hint) log.warn('a message that is no hint was dropped', { message: record.messageId })
      else byKey.set(keyText(hint.key), [...(byKey.get(keyText(hint.key)) ?? []), { id: record.messageId, hint }])
    }
    await Promise.all(
      [...byKey].map(async ([key, messages]) => {
        for (const { id, hint } of messages)
          try {
            await deliver(here, hint)
            outage.worked()
          } catch (error) {
            const unreachable = unreachableIn(error)
            if (unreachable) outage.failed(unreachable)
            else log.warn('will try again', { key, error: sentenceOf(error) })
            failed.push(id)
          }
      }),
    )
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) }
  }
