import type { UnreachableError } from '../../shared/errors.ts'
import { RetryableError, unreachableIn } from '../../shared/errors.ts'
import type { Hint } from '../../shared/hint.ts'
import { keyText } from '../../shared/hint.ts'
import { hintOf } from '../bus/cloud-event.ts'
import type { Clock } from '../../shared/ports.ts'
import { failureFields } from '../../shared/trace.ts'
import type { World } from './world.ts'

/** Conflicts are over in a moment, which a queue cannot wait for: it waits for seconds or a minute. */
const retryWaitsMs = [50, 100, 200, 400]

/** A busy apiserver that wants to be left alone for longer is left to the queue. */
const longestWishMs = 2_000

const persistently = async <T>(work: () => Promise<T>, clock: Clock): Promise<T> => {
  for (let round = 0; ; round += 1)
    try {
      return await work()
    } catch (error) {
      const wait = retryWaitsMs[round]
      // An apiserver that is away is not back in a moment, and each try may take ten seconds.
      if (wait === undefined || !(error instanceof RetryableError) || unreachableIn(error)) throw error
      const wishMs = (error.retryAfterSeconds ?? 0) * 1000
      if (wishMs > longestWishMs) throw error
      await clock.sleep(Math.max(wait, wishMs))
    }
}

/** Looks at the object of one hint. Throws what went on failing. */
export const deliver = async ({ rows, deps }: World, hint: Hint): Promise<void> => {
  const row = rows.find(({ kind }) => kind === hint.key.kind)
  if (!row) return
  const { writes, againSeconds, traceId } = await persistently(() => row.deliver(hint, deps), deps.clock)
  deps.log[writes > 0 ? 'info' : 'debug']('delivered', { key: keyText(hint.key), writes, againSeconds, traceId })
  if (againSeconds !== undefined) await deps.bus.publish({ key: hint.key, afterSeconds: againSeconds })
}

/** A message of a queue; `event` is what it carries, from a wire that others may write to. */
export interface Message {
  readonly id: string
  readonly event: unknown
}

/**
 * Looks at each object of a batch, one message after the other where its key comes twice. Gives the errors of those that
 * failed by their ids, so that the queue brings them back and nothing else.
 */
export const deliverAll = async (world: World, messages: readonly Message[]): Promise<ReadonlyMap<string, unknown>> => {
  const { outage, deps } = world
  const { log } = deps
  const failed = new Map<string, unknown>()
  let away: UnreachableError | undefined
  const byKey = new Map<string, { readonly id: string; readonly hint: Hint }[]>()
  for (const { id, event } of messages) {
    const hint = hintOf(event)
    // It would come back for ever, and never be more than it is.
    if (!hint) log.warn('a message that is no hint was dropped', { message: id })
    else byKey.set(keyText(hint.key), [...(byKey.get(keyText(hint.key)) ?? []), { id, hint }])
  }
  await Promise.all(
    [...byKey].map(async ([key, hints]) => {
      for (const { id, hint } of hints)
        try {
          // Each would wait as long as the first, and the call has an end.
          if (away) throw away
          await deliver(world, hint)
          outage.worked()
        } catch (error) {
          const unreachable = unreachableIn(error)
          away = unreachable ?? away
          if (unreachable) outage.failed(unreachable)
          else log.warn('will try again', { key, ...failureFields(error) })
          failed.set(id, error)
        }
    }),
  )
  return failed
}
