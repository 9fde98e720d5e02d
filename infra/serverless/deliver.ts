import { RetryableError, sentenceOf, unreachableIn } from '../../shared/errors.ts'
import type { Hint } from '../../shared/hint.ts'
import { keyText } from '../../shared/hint.ts'
import { hintOf } from '../bus/cloud-event.ts'
import type { World } from './world.ts'

/** Conflicts are over in a moment, which a queue cannot wait for: it waits for seconds or a minute. */
const retryWaitsMs = [50, 100, 200, 400]

/** Looks at the object of one hint. Throws what went on failing. */
export const deliver = async ({ rows, deps }: World, hint: Hint): Promise<void> => {
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
          await deliver(world, hint)
          outage.worked()
        } catch (error) {
          const unreachable = unreachableIn(error)
          if (unreachable) outage.failed(unreachable)
          else log.warn('will try again', { key, error: sentenceOf(error) })
          failed.set(id, error)
        }
    }),
  )
  return failed
}
