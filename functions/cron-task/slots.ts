import type { CronTask } from '../../crds/cron-task.ts'
import type { Schedule } from '../../shared/schedule.ts'
import { latestSlot } from '../../shared/schedule.ts'

/**
 * Slots after this moment are owed. Only what nextScheduleTime has announced is: so an edited schedule, the end of a
 * suspension and a clock that jumps back owe nothing. A CronTask that nobody has looked at owes all since it was made.
 */
export const owedAfter = ({ metadata, status }: CronTask): Date | undefined => {
  const { nextScheduleTime, observedGeneration } = status ?? {}
  if (nextScheduleTime !== undefined) return new Date(Date.parse(nextScheduleTime) - 1)
  if (observedGeneration !== undefined || metadata.creationTimestamp === undefined) return undefined
  return new Date(metadata.creationTimestamp)
}

/** The slot that should run at `now`: after an outage the latest one alone, however many were missed. */
export const dueSlot = (parent: CronTask, schedule: Schedule, now: Date): Date | undefined => {
  const after = owedAfter(parent)
  return after && !parent.spec.suspend ? latestSlot(schedule, after, now) : undefined
}
