import type { ClusterReader, EventBus } from '../../shared/ports.ts'
import type { FunctionRow } from '../table.ts'
import { stretchOf } from './due.ts'
import { inTurn } from './in-turn.ts'

/** How often ticks come where a runtime's schedules know no shorter time, in seconds. */
const longestTickSeconds = 60

/**
 * Asks for what is due before the next tick to be looked at, each at its own moment: deadlines that the copy which knew
 * of them did not live to see. Every kind is asked for, also where reading another one fails; then it throws what failed.
 * Twice, late or half a tick does no harm: what is asked for is decided on what is read then. Gives how many it asked for.
 */
export const tick = async (
  rows: readonly FunctionRow[],
  reader: ClusterReader,
  bus: EventBus,
  now: Date,
  everySeconds = longestTickSeconds,
): Promise<number> => {
  let asked = 0
  const stretch = stretchOf(now, everySeconds)
  await inTurn(rows, async ({ due }) => {
    if (!due) return
    for await (const hints of due(reader, stretch)) {
      await Promise.all(hints.map((hint) => bus.publish(hint)))
      asked += hints.length
    }
  })
  return asked
}
