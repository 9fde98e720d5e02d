import type { Reconciler } from '../../shared/reconcile.ts'
import { cronTaskRefused, decideCronTask } from './decide.ts'
import { gatherCronTask } from './gather.ts'
import { measureCronTask } from './measure.ts'
import type { CronTaskSight } from './sight.ts'

export const cronTaskReconciler: Reconciler<CronTaskSight> = {
  kind: 'CronTask',
  gather: gatherCronTask,
  decide: decideCronTask,
  refused: cronTaskRefused,
  measure: measureCronTask,
}
