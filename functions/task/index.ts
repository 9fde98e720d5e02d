import type { Reconciler } from '../../shared/reconcile.ts'
import { traceIdOf } from '../../shared/trace.ts'
import type { Defaults } from '../workload/settings.ts'
import { decideTask } from './decide.ts'
import { taskHindered, taskRefused } from './refusals.ts'
import { gatherTask } from './gather.ts'
import { measureTask } from './measure.ts'
import type { TaskSight } from './sight.ts'
import { taskSpans } from './spans.ts'

export const taskReconciler = (defaults: Defaults): Reconciler<TaskSight> => ({
  kind: 'Task',
  gather: gatherTask(defaults),
  decide: decideTask,
  refused: taskRefused,
  hindered: taskHindered,
  measure: measureTask,
  spans: taskSpans,
  traceId: ({ parent }) => traceIdOf(parent),
})
