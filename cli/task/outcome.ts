import type { Task } from '../../crds/task.ts'
import { plainText } from '../io.ts'
import { conditionOf } from '../../shared/conditions.ts'

/** How a finished Task ended: `stopped` counts as completed for the cluster and as no success for who waited for it. */
export type Ending = { readonly result: 'done' | 'stopped' | 'failed'; readonly message: string }

export const endingOf = ({ status }: Task): Ending => {
  const stopped = conditionOf(status?.conditions, 'Stopped')
  if (stopped?.status === 'True') return { result: 'stopped', message: plainText(stopped.message) }
  if (status?.phase === 'Completed') return { result: 'done', message: '' }
  const failed = conditionOf(status?.conditions, 'Failed')
  const ready = conditionOf(status?.conditions, 'Ready')
  const reason = failed ?? ready
  return { result: 'failed', message: reason ? plainText(`${reason.reason}: ${reason.message}`) : 'no reason is known' }
}
