import type { Hint } from '../../shared/hint.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { pagesOf } from '../../shared/pages.ts'
import type { EventBus, ClusterReader } from '../../shared/ports.ts'
import type { FunctionRow } from '../table.ts'
import { inTurn } from './in-turn.ts'

/**
 * Asks for every object that is neither finished nor seen to be settled to be looked at: what no event told is found here,
 * of every kind, also where another cannot be read. Memory is bounded by a page and what it takes to judge it; a sweep
 * that dies in the middle is begun anew by the next one. `onRead` is told of each object, for whoever counts them.
 */
export const sweep = async (
  rows: readonly FunctionRow[],
  reader: ClusterReader,
  bus: EventBus,
  now: Date,
  onRead?: (object: KubeObject) => void,
): Promise<number> => {
  let asked = 0
  const sweepKind = async ({ kind, sweepSelector, settled }: FunctionRow): Promise<void> => {
    const faults: unknown[] = []
    const selection = sweepSelector === undefined ? {} : { fieldSelector: sweepSelector }
    for await (const items of pagesOf(reader, kind, selection)) {
      for (const item of items) onRead?.({ ...item, kind })
      // Who cannot be judged is asked for, and why is said at the end.
      const passedOver = await settled?.(reader, items, now).catch((error: unknown) => void faults.push(error))
      const rest = items.filter((item) => !passedOver?.has(item))
      const hints = rest.map(({ metadata }): Hint => ({
        isSwept: true,
        key: {
          kind,
          name: metadata?.name ?? '',
          ...(metadata?.namespace !== undefined && { namespace: metadata.namespace }),
        },
      }))
      await Promise.all(hints.map((hint) => bus.publish(hint)))
      asked += hints.length
    }
    if (faults.length > 0) throw faults[0]
  }
  await inTurn(rows, sweepKind)
  return asked
}
