import type { Measure } from '../../shared/measures.ts'
import type { Plan } from '../../shared/plan.ts'
import { isSlot, secondsOf } from './names.ts'
import type { CronTaskSight } from './sight.ts'

/** How late the Task of a slot was made. One that was asked for by hand has no time to be late for. */
export const measureCronTask = ({ parent }: CronTaskSight, plan: Plan, now: Date): Measure[] =>
  (plan.create ?? []).flatMap(({ metadata }): Measure[] => {
    const seconds = secondsOf(parent.metadata.name, metadata?.name ?? '')
    return seconds !== undefined && isSlot(seconds)
      ? [{ name: 'cronTaskFired', lateSeconds: now.getTime() / 1000 - seconds }]
      : []
  })
