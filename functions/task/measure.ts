import type { TaskReason } from '../../crds/reasons.ts'
import type { TaskStatus } from '../../crds/task.ts'
import type { Condition } from '../../shared/conditions.ts'
import { conditionOf, secondsSince } from '../../shared/conditions.ts'
import { isFinished } from '../../shared/finished.ts'
import type { Measure } from '../../shared/measures.ts'
import type { Plan } from '../../shared/plan.ts'
import type { TaskSight } from './sight.ts'

/** The condition of an end that says why; the first that is true. */
const endings = ['Stopped', 'Failed', 'Complete'] as const

/** What says why a Task has ended. */
export const endingOf = ({ conditions }: TaskStatus): Condition | undefined =>
  endings.map((type) => conditionOf(conditions, type)).find((condition) => condition?.status === 'True')

const finished = (status: TaskStatus): Measure[] => {
  const { phase, startTime, completionTime, session } = status
  const said = endingOf(status)
  if (!said || (phase !== 'Completed' && phase !== 'Failed')) return []
  const hasRun = startTime !== undefined && completionTime !== undefined
  return [
    {
      name: 'taskFinished',
      phase,
      reason: said.reason as TaskReason,
      ...(hasRun && { runSeconds: secondsSince(startTime, new Date(completionTime)) }),
      ...(session?.summary && { summary: session.summary }),
    },
  ]
}

/** A Task's start and end. One that has ended is never reported again, so each is counted once. */
export const measureTask = ({ parent, target }: TaskSight, plan: Plan, now: Date): Measure[] => {
  const makesPod = plan.create?.some(({ kind }) => kind === 'Pod') === true
  if (makesPod && target.kind !== 'missing')
    return [
      { name: 'taskStarted', target: target.kind, waitSeconds: secondsSince(parent.metadata.creationTimestamp, now) },
    ]
  const status: TaskStatus | undefined = plan.status
  return status && isFinished({ status }) && !isFinished(parent) ? finished(status) : []
}
