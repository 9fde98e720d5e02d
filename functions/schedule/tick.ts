import { sentenceOf } from '../../shared/errors.ts'
import type { ClusterReader, EventBus } from '../../shared/ports.ts'
import type { FunctionRow } from '../table.ts'

/**
 * Asks for what is due now to be looked at: deadlines that the copy which knew of them did not live to see. Every kind
 * is asked for, also where reading another one fails; then it throws what failed. Twice, late or half a tick does no
 * harm: what is asked for is decided on what is read then.
 */
export const tick = async (
  rows: readonly FunctionRow[],
  reader: ClusterReader,
  bus: EventBus,
  now: Date,
): Promise<number> => {
  let asked = 0
  const failures: unknown[] = []
  for (const { due } of rows) {
    if (!due) continue
    try {
      for await (const keys of due(reader, now)) {
        await Promise.all(keys.map((key) => bus.publish({ key })))
        asked += keys.length
      }
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length === 1) throw failures[0]
  if (failures.length > 1) throw new AggregateError(failures, failures.map(sentenceOf).join('; '))
  return asked
}
