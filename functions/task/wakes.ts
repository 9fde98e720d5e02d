import { labels } from '../../crds/names.ts'
import type { Task, TaskStatus } from '../../crds/task.ts'
import { isFinished } from '../../shared/finished.ts'
import type { Hint, Key } from '../../shared/hint.ts'
import type { Plan } from '../../shared/plan.ts'
import { isHeldBack } from '../agent/held-back.ts'
import { callOf, isHeldUp, isLimited, successorOf } from '../agent/queue.ts'
import { agentKeys, turnOf } from './settle.ts'
import type { TaskSight } from './sight.ts'

/** The Task that is to begin after this one, unless it does by itself. */
export const nextHints = ({ parent, target }: TaskSight, now: Date): Hint[] => {
  if (target.kind !== 'agent') return []
  const next = successorOf(target.agent, parent.metadata.uid, now)
  return next ? [callOf(target.agent, now)(next)] : []
}

/** Whoever says for the first time why it cannot begin lets the next begin. */
export const lettingNext = (sight: TaskSight, plan: Plan<TaskStatus>, now: Date): Plan<TaskStatus> => {
  const { parent } = sight
  const isNews = plan.status && isHeldUp({ ...parent, status: plan.status }) && !isHeldUp(parent)
  return isNews ? { ...plan, hints: [...(plan.hints ?? []), ...nextHints(sight, now)] } : plan
}

/** The CronTask that made a Task wants to know of its end: it counts those at work, and may wait to replace one. */
const cronTaskKeys = ({ metadata }: Task): Key[] => {
  const name = metadata.labels?.[labels.cronTask]
  return name === undefined ? [] : [{ kind: 'CronTask', namespace: metadata.namespace ?? '', name }]
}

/** The end of a Task frees its slot and its place in the queue, so its Agent looks at once whose turn it is. */
export const withWake = (sight: TaskSight, plan: Plan<TaskStatus>, now: Date): Plan => {
  const { parent, target } = sight
  if (!isFinished(plan)) return plan
  const isQueued = parent.status?.phase === 'Queued'
  const hasTurn = target.kind === 'agent' && isLimited(target.profile) && !isQueued
  const isCounted =
    target.kind === 'agent' &&
    (target.agent.spec.standby !== undefined || target.agent.spec.suspend || isHeldBack(target.agent) || isQueued)
  const hasBegun = parent.status?.podName !== undefined
  const wake = [...(isCounted && !hasTurn ? agentKeys(sight) : []), ...cronTaskKeys(parent)]
  const hints = [...(hasTurn ? turnOf(sight, 'ended') : []), ...(hasBegun ? [] : nextHints(sight, now))]
  return {
    ...plan,
    ...(wake.length > 0 && { wake }),
    ...(hints.length > 0 && { hints }),
  }
}
