import type { Task, TaskPhase, TaskSpec, TaskStatus } from '../../crds/task.ts'
import type { Condition } from '../../shared/conditions.ts'
import type { Change } from './change.ts'
import { changed, withMetadata } from './change.ts'
import { at } from './time.ts'

/** Task `default/job` for Agent `coder`, made a minute ago, without a status. */
export const task = (...changes: Change<Task>[]): Task =>
  changed<Task>(
    {
      apiVersion: 'kubeopencode.io/v1alpha1',
      kind: 'Task',
      metadata: {
        name: 'job',
        namespace: 'default',
        uid: 'task-uid-1',
        resourceVersion: '1',
        generation: 1,
        creationTimestamp: at(-60),
      },
      spec: { description: 'Fix the bug.', agentRef: { name: 'coder' } },
    },
    changes,
  )

export const withSpec =
  (spec: Partial<TaskSpec>): Change<Task> =>
  (one) => ({ ...one, spec: { ...one.spec, ...spec } })

/** Runs from template `base` instead of an Agent. */
export const fromTemplate: Change<Task> = ({ spec: { agentRef: _agent, ...spec }, ...one }) => ({
  ...one,
  spec: { ...spec, templateRef: { name: 'base' } },
})

export const withStatus =
  (status: TaskStatus): Change<Task> =>
  (one) => ({ ...one, status: { ...one.status, ...status } })

export const withPhase = (phase: TaskPhase): Change<Task> => withStatus({ phase })

export const withCondition =
  (
    type: string,
    status: Condition['status'],
    reason: string,
    { message = 'said before', lastTransitionTime = at(-30) } = {},
  ): Change<Task> =>
  (one) => {
    const others = (one.status?.conditions ?? []).filter((condition) => condition.type !== type)
    const condition = { type, status, reason, message, lastTransitionTime, observedGeneration: 1 }
    return { ...one, status: { ...one.status, conditions: [...others, condition] } }
  }

/** Runs since `seconds` ago. */
export const started = (seconds: number): Change<Task> =>
  withStatus({
    phase: 'Running',
    podName: 'job-pod',
    startTime: at(-seconds),
    agentRef: { name: 'coder' },
    observedGeneration: 1,
  })

export const stopRequested: Change<Task> = withMetadata({ annotations: { 'kubeopencode.io/stop': 'true' } })
