import type { Reconciler } from '../../shared/reconcile.ts'
import { cronTaskHindered, cronTaskRefused, decideCronTask } from './decide.ts'
import { gatherCronTask } from './gather.ts'
import { measureCronTask } from './measure.ts'
import type { CronTaskSight } from './sight.ts'

export const cronTaskReconciler: Reconciler<CronTaskSight> = {
  kind: 'CronTask',
  gather: gatherCronTask,
  decide: decideCronTask,
  refused: cronTaskRefused,
  hindered: cronTaskHindered,
  measure: measureCronTask,
}
