import type { CronTask } from '../../crds/cron-task.ts'
import { isSlot, secondsOf } from './names.ts'
import { owedAfter } from './slots.ts'

/** Whether the status counts the child of this name: its two times say up to where it is told. */
export const isCounted = (parent: CronTask, child: string): boolean => {
  const seconds = secondsOf(parent.metadata.name, child)
  if (seconds === undefined) return true
  if (isSlot(seconds)) {
    const after = owedAfter(parent)
    return after === undefined || seconds * 1000 <= after.getTime()
  }
  const { lastTriggerTime } = parent.status ?? {}
  return lastTriggerTime !== undefined && seconds * 1000 <= Date.parse(lastTriggerTime)
}

/** Whether the CronTask knows all there is to know of a finished child, so that deleting it loses nothing. */
export const isTold = (parent: CronTask, child: string, uid: string): boolean =>
  isCounted(parent, child) && !(parent.status?.activeRefs ?? []).some((active) => active.uid === uid)
