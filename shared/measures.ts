import type { TaskReason } from '../crds/reasons.ts'
import type { TaskSession } from '../crds/task.ts'
import type { OwnKind } from './kubernetes.ts'

/** Every way in which a Task can end. */
export const taskEndings = {
  Completed: ['Completed', 'UserStopped', 'Timeout'],
  Failed: [
    'AgentError',
    'ContextError',
    'ConfigMapCreationError',
    'PodCreationError',
    'AgentRunFailed',
    'PodFailed',
    'OOMKilled',
    'PodLost',
    'PodStartTimeout',
    'SessionLost',
  ],
} as const satisfies Readonly<Record<string, readonly TaskReason[]>>

/**
 * What is worth counting of a plan that was carried out. Its texts come from closed sets, such as kinds and reasons, so
 * that labels can be made of them; no name of an object is among them.
 */
export type Measure =
  | { readonly name: 'event'; readonly kind: OwnKind; readonly reason: string }
  /** A Task got its Pod, so many seconds after it was made. */
  | { readonly name: 'taskStarted'; readonly target: 'agent' | 'template'; readonly waitSeconds: number }
  /** A Task has ended: why, how long after its start, and what its session used; each as far as it is known. */
  | {
      readonly name: 'taskFinished'
      readonly phase: 'Completed' | 'Failed'
      readonly reason: TaskReason
      readonly runSeconds?: number
      readonly summary?: NonNullable<TaskSession['summary']>
    }
  /** A CronTask made the Task of a slot, so many seconds after its time. */
  | { readonly name: 'cronTaskFired'; readonly lateSeconds: number }
