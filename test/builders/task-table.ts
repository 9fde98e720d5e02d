import { decideTask } from '../../functions/task/decide.ts'
import type { TaskSight } from '../../functions/task/sight.ts'
import { ownedBy } from './pod.ts'
import { planTable } from './plan-table.ts'
import { taskSight } from './sight.ts'
import { now } from './time.ts'

/** Of each sight, what is decided of a Task; what a case does not name is of a Task that may start at a ready Agent. */
export const taskTable = planTable((sight: Partial<TaskSight>) => decideTask(taskSight(sight), now))

export const title = 'kubeopencode/default/job/task-uid'
export const abort = [`coder:guard ${title}`]
export const removePod = ['Pod default/job-pod pod-uid-1']
export const created = ['ConfigMap default/job-context', 'Pod default/job-pod']
export const wake = ['Agent/default/coder']
export const turn = ['Agent/default/coder ended']

export const starts = { phase: 'Running', create: created, events: ['Normal PodCreated'], again: 600 }
export const stopped = { phase: 'Completed', conditions: ['Stopped=True UserStopped'], events: ['Normal Stopped'] }
export const completed = { phase: 'Completed', conditions: ['Complete=True Completed'], events: ['Normal Completed'] }
/** Before a Pod was made. */
export const failedBeforeStart = (reason: string, event = 'Failed') => ({
  phase: 'Failed',
  conditions: [`Ready=False ${reason}`, `Failed=True ${reason}`],
  events: [`Warning ${event}`],
})

export const stranger = ownedBy({ kind: 'Task', name: 'other', uid: 'other-uid' })
