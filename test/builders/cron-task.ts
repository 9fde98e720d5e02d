import type { CronTask, CronTaskSpec, CronTaskStatus } from '../../crds/cron-task.ts'
import type { Task } from '../../crds/task.ts'
import { gatherCronTask } from '../../functions/cron-task/gather.ts'
import type { CronTaskSight } from '../../functions/cron-task/sight.ts'
import { ownedBy } from '../../shared/kubernetes.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import type { Change } from './change.ts'
import { changed, withMetadata } from './change.ts'
import { testPasswords } from './passwords.ts'
import { memoryCluster } from './memory-cluster.ts'
import { task } from './task.ts'
import { at, now } from './time.ts'

/** CronTask `default/nightly` for Agent `coder`, every hour, made yesterday, without a status. */
export const cronTask = (...changes: Change<CronTask>[]): CronTask =>
  changed<CronTask>(
    {
      apiVersion: 'kubeopencode.io/v1alpha1',
      kind: 'CronTask',
      metadata: {
        name: 'nightly',
        namespace: 'default',
        uid: 'cron-uid-1',
        resourceVersion: '1',
        generation: 1,
        creationTimestamp: at(-86_400),
      },
      spec: {
        schedule: '0 * * * *',
        timeZone: 'UTC',
        concurrencyPolicy: 'Forbid',
        suspend: false,
        maxRetainedTasks: 10,
        taskTemplate: { spec: { agentRef: { name: 'coder' }, description: 'Scan.' } },
      },
    },
    changes,
  )

export const withCronSpec =
  (spec: Partial<CronTaskSpec>): Change<CronTask> =>
  (one) => ({ ...one, spec: { ...one.spec, ...spec } })

export const withCronStatus =
  (status: CronTaskStatus): Change<CronTask> =>
  (one) => ({ ...one, status: { ...one.status, ...status } })

/** Looked at before, with the slot `seconds` from now announced. */
export const announced = (seconds: number, status: CronTaskStatus = {}): Change<CronTask> =>
  withCronStatus({ observedGeneration: 1, nextScheduleTime: at(seconds), totalExecutions: 0, ...status })

export const said = (status: 'True' | 'False', reason: string, message = 'said before'): Change<CronTask> =>
  withCronStatus({
    conditions: [{ type: 'Ready', status, reason, message, lastTransitionTime: at(-30), observedGeneration: 1 }],
  })

export const triggered = (value = 'true'): Change<CronTask> =>
  withMetadata({ annotations: { 'kubeopencode.io/trigger': value } })

export const secondsAt = (offset: number): number => now.getTime() / 1000 + offset

/** The Task of the run `offset` seconds from now. */
export const child = (offset: number, ...changes: Change<Task>[]): Task => {
  const name = `nightly-${secondsAt(offset)}`
  const own = ownedBy(
    cronTask(),
    task(withMetadata({ name, uid: `uid-${name}`, labels: { 'kubeopencode.io/crontask': 'nightly' } })),
  )
  return changed<Task>(own, changes)
}

/** A child that has ended `seconds` ago. */
export const finished =
  (seconds: number, phase: 'Completed' | 'Failed' = 'Completed'): Change<Task> =>
  (one) => ({ ...one, status: { ...one.status, phase, completionTime: at(-seconds) } })

/** What is seen of the first object, a CronTask, among the others. */
export const cronTaskSight = async (
  parent: CronTask,
  objects: readonly KubeObject[] = [],
  seenAt: Date = now,
): Promise<CronTaskSight> => {
  const sessions = { find: async () => undefined, asking: async () => [] }
  const gitSyncs = { read: async () => undefined }
  const reader = memoryCluster(parent, ...objects)
  const { name, namespace = '' } = parent.metadata
  const key = { kind: 'CronTask', namespace, name } as const
  const senses = { reader, sessions, gitSyncs, passwords: testPasswords, now: seenAt, hint: { key } }
  return (await gatherCronTask(senses, key))!
}
