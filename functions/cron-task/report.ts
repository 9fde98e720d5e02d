import type { CronTaskStatus } from '../../crds/cron-task.ts'
import { annotations } from '../../crds/names.ts'
import type { CronTaskEvent, CronTaskReason } from '../../crds/reasons.ts'
import type { Task } from '../../crds/task.ts'
import type { ConditionUpdate } from '../../shared/conditions.ts'
import { conditionOf, timestamp, withConditions } from '../../shared/conditions.ts'
import { isFinished } from '../../shared/finished.ts'
import type { Note } from '../../shared/plan.ts'
import type { CronTaskSight } from './sight.ts'

export const note = (type: Note['type'], reason: CronTaskEvent, action: string, message: string): Note => ({
  type,
  reason,
  action,
  message,
})

export const ready = (status: 'True' | 'False', reason: CronTaskReason, message: string): ConditionUpdate => ({
  type: 'Ready',
  status,
  reason,
  message,
})

export const activeChildren = ({ children }: CronTaskSight): Task[] => children.filter((task) => !isFinished(task))

/** Every child counts, finished ones too: deleting them is the cleanup's part. */
export const isFull = ({ parent, children }: CronTaskSight): boolean => children.length >= parent.spec.maxRetainedTasks

export const isTriggered = ({ parent }: CronTaskSight): boolean =>
  parent.metadata.annotations?.[annotations.trigger] === 'true'

const capMessage = (sight: CronTaskSight): string => {
  const waiting = isTriggered(sight) || sight.trigger ? '; the run that was asked for by hand waits for that' : ''
  return `spec.maxRetainedTasks allows ${sight.parent.spec.maxRetainedTasks} Tasks and there are as many, so no new one is made until some are deleted${waiting}`
}

/** How it stands with the schedule where nothing has just happened. */
const standing = (sight: CronTaskSight): ConditionUpdate => {
  const { parent, parsed } = sight
  if ('problem' in parsed)
    return ready('False', 'InvalidSchedule', `spec.${parsed.problem.field} ${parsed.problem.message}`)
  if (parent.spec.suspend)
    return ready('False', 'Suspended', 'spec.suspend is true; set it to false to make Tasks again')
  if (isFull(sight)) return ready('False', 'MaxRetainedTasksReached', capMessage(sight))
  return ready('True', 'Scheduled', 'Tasks are made as scheduled')
}

/** What was said of the last slot stands until the next run, or until it has outlived its cause. */
const stillTrue = (sight: CronTaskSight): ConditionUpdate | undefined => {
  const { parent } = sight
  const before = conditionOf(parent.status?.conditions, 'Ready')
  if (before?.observedGeneration !== parent.metadata.generation) return undefined
  const stays =
    before?.reason === 'MissedDeadline' ||
    before?.reason === 'TaskCreationFailed' ||
    (before?.reason === 'ActiveTaskExists' && activeChildren(sight).length > 0)
  return stays ? before : undefined
}

const lastSuccess = ({ parent, children }: CronTaskSight): string | undefined => {
  const times = children.flatMap(({ status }) =>
    status?.phase === 'Completed' &&
    status.completionTime !== undefined &&
    conditionOf(status.conditions, 'Stopped')?.status !== 'True'
      ? [status.completionTime]
      : [],
  )
  return [...times, parent.status?.lastSuccessfulTime ?? ''].toSorted().at(-1) || undefined
}

const nameOrder = (one: Task, other: Task): number => (one.metadata.name < other.metadata.name ? -1 : 1)

interface News {
  /** What has just been done, or why it was not; without it the condition says how it stands. */
  readonly condition?: ConditionUpdate | undefined
  /** Whether what was said of an earlier slot is over. */
  readonly isAnswered?: boolean
  readonly status?: Partial<CronTaskStatus>
  /** The slot that is announced; without it none is. */
  readonly next: Date | undefined
}

/** The CronTask's whole status, with news in it. */
export const report = (sight: CronTaskSight, now: Date, news: News): CronTaskStatus => {
  const { parent } = sight
  const { generation } = parent.metadata
  const { nextScheduleTime: _announced, ...before } = parent.status ?? {}
  const active = activeChildren(sight).toSorted(nameOrder)
  const lastSuccessfulTime = lastSuccess(sight)
  const stands = standing(sight)
  const kept = stands.status === 'True' && !news.isAnswered ? stillTrue(sight) : undefined
  const { type, status, reason, message } = news.condition ?? kept ?? stands
  return {
    ...before,
    active: active.length,
    activeRefs: active.map(({ metadata: { name, uid = '' } }) => ({ name, uid })),
    ...(lastSuccessfulTime !== undefined && { lastSuccessfulTime }),
    totalExecutions: before.totalExecutions ?? 0,
    ...news.status,
    ...(news.next && { nextScheduleTime: timestamp(news.next) }),
    ...(generation !== undefined && { observedGeneration: generation }),
    conditions: withConditions(before.conditions, [{ type, status, reason, message }], now, generation),
  }
}
