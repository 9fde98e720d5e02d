import type { TaskReason } from '../../crds/reasons.ts'
import type { TaskPhase, TaskStatus } from '../../crds/task.ts'
import type { Condition, ConditionUpdate } from '../../shared/conditions.ts'
import { conditionOf, secondsSince, timestamp, withConditions } from '../../shared/conditions.ts'
import type { Note, Plan } from '../../shared/plan.ts'
import { minuteOf } from '../schedule/due.ts'
import { overdueAt } from './due.ts'
import type { TaskSight } from './sight.ts'

/** How long a Task waits for something it names, in seconds: manifests are applied in any order. */
const missingGraceSeconds = 5

interface Report {
  readonly phase: TaskPhase
  readonly conditions?: readonly ConditionUpdate[]
  readonly status?: Partial<TaskStatus>
}

/**
 * What a condition said of an earlier state: nothing waits once the queue is left, a Task that is queued lacks nothing, nobody
 * answers one that has ended, and what keeps a Pod from starting is said anew as long as it does.
 */
const isOutlived = ({ type, status, reason }: Condition, phase: TaskPhase): boolean =>
  (type === 'Queued' && status === 'True' && phase !== 'Queued') ||
  (type === 'Ready' && reason === 'PodPending' && phase === 'Running') ||
  (type === 'Ready' && status === 'False' && phase === 'Queued') ||
  (type === 'ApprovalPending' && status !== 'False' && phase !== 'Running')

/** The Task's whole status with a change in it. */
export const report = (
  { parent, target }: TaskSight,
  now: Date,
  { phase, conditions = [], status }: Report,
): TaskStatus => {
  const { generation } = parent.metadata
  const { queue, question: _asked, dueMinute: _due, ...before } = parent.status ?? {}
  const overdue = phase === 'Running' ? overdueAt(parent.spec, { ...before, ...status }) : undefined
  const isSaidAnew = ({ type }: Condition): boolean => conditions.some((update) => update.type === type)
  const kept = parent.status?.conditions?.filter((before) => isSaidAnew(before) || !isOutlived(before, phase))
  return {
    ...before,
    ...(queue && phase === 'Queued' && { queue }),
    ...(target.kind === 'agent' && { agentRef: { name: target.name } }),
    ...(target.kind === 'template' && { templateRef: { name: target.name } }),
    ...status,
    ...(status?.completionTime !== undefined && { completionMinute: minuteOf(new Date(status.completionTime)) }),
    ...(overdue !== undefined && { dueMinute: minuteOf(new Date(overdue)) }),
    phase,
    ...(generation !== undefined && { observedGeneration: generation }),
    conditions: withConditions(kept, conditions, now, generation),
  }
}

export const note = (type: Note['type'], reason: string, action: string, message: string): Note => ({
  type,
  reason,
  action,
  message,
})

export const isTrue = (type: string, reason: TaskReason, message: string): ConditionUpdate => ({
  type,
  status: 'True',
  reason,
  message,
})
export const isFalse = (type: string, reason: TaskReason, message: string): ConditionUpdate => ({
  type,
  status: 'False',
  reason,
  message,
})

/** Ready is only ever said of a Task that had trouble; what it says must not outlive that trouble. */
export const readyNow = ({ parent }: TaskSight, update: ConditionUpdate): readonly ConditionUpdate[] =>
  conditionOf(parent.status?.conditions, 'Ready') ? [update] : []

export const failed = (
  sight: TaskSight,
  now: Date,
  reason: TaskReason,
  message: string,
  rest: Partial<Report> = {},
): Plan => ({
  status: report(sight, now, {
    phase: 'Failed',
    status: { completionTime: timestamp(now), ...rest.status },
    conditions: [
      ...(rest.conditions ?? []),
      ...readyNow(sight, isFalse('Ready', reason, message)),
      isTrue('Failed', reason, message),
    ],
  }),
  events: [note('Warning', 'Failed', 'FinishTask', message)],
})

/** Terminal before a Pod ran: the Ready condition carries the whole reason. */
export const failedBeforeStart = (sight: TaskSight, now: Date, reason: TaskReason, message: string): Plan => ({
  status: report(sight, now, {
    phase: 'Failed',
    status: { completionTime: timestamp(now) },
    conditions: [isFalse('Ready', reason, message), isTrue('Failed', reason, message)],
  }),
  events: [note('Warning', reason === 'PodCreationError' ? 'PodCreationFailed' : 'Failed', 'StartTask', message)],
})

/** Pending for a short while with the reason shown, then failed. */
export const failedAfterGrace = (sight: TaskSight, now: Date, reason: TaskReason, message: string): Plan => {
  const before = conditionOf(sight.parent.status?.conditions, 'Ready')
  const waited =
    before?.status === 'False' && before.reason === reason ? secondsSince(before.lastTransitionTime, now) : 0
  if (waited >= missingGraceSeconds)
    return failedBeforeStart(sight, now, reason, `${message}; once it is there, create the Task again`)
  const left = missingGraceSeconds - waited
  const waiting = isFalse('Ready', reason, `${message}; waiting for it for ${missingGraceSeconds} s before giving up`)
  return { status: report(sight, now, { phase: 'Pending', conditions: [waiting] }), againSeconds: left }
}
