import type { Agent, AgentStatus } from '../../crds/agent.ts'
import type { Task } from '../../crds/task.ts'
import type { Pod } from 'kubernetes-types/core/v1'
import { conditionOf } from '../../shared/conditions.ts'
import { isFinished } from '../../shared/finished.ts'
import { isSame } from '../../shared/merge-patch.ts'
import type { Profile } from '../../shared/merge-template.ts'
import { mergeTemplate } from '../../shared/merge-template.ts'
import type { Plan } from '../../shared/plan.ts'
import type { Senses } from '../../shared/reconcile.ts'
import { callCheck, dueTimeOf } from './due.ts'
import { isHeldBack } from './held-back.ts'
import { startsInStretch, untilNextStretch } from './places.ts'
import type { AgentTask } from './queue.ts'
import { admit, isLimited, isWaiting, keyOf } from './queue.ts'
import { crowdAtWork, lingeringOf, slotsOf } from './tasks.ts'

/**
 * What is known when a turn is given out by itself: the same queue, of which only those that run and the first that waits
 * are read. Why that is enough: docs/decisions/0036-a-turn-by-itself.md.
 */
export interface TurnSight {
  readonly isTurn: true
  readonly parent: Agent
  readonly profile: Profile
  readonly tasks: readonly AgentTask[]
  readonly taskPods: readonly Pod[]
  /** The first of `status.nextTasks`, where it still waits. */
  readonly first: AgentTask | undefined
}

/** Whether the status says all there is to know of the Agent but its Tasks, and who comes next. */
const isSettled = ({ metadata, spec, status }: Agent, now: Date): boolean =>
  metadata.deletionTimestamp === undefined &&
  status?.observedGeneration === metadata.generation &&
  !spec.suspend &&
  status?.ready === true &&
  conditionOf(status.conditions, 'Ready')?.status === 'True' &&
  (status.nextTasks ?? []).length > 0 &&
  startsInStretch(status.activeTasks ?? [], now)

const isOf = (task: Task | undefined, uid: string, agent: string): task is Task =>
  task?.metadata.uid === uid && task.spec.agentRef?.name === agent && !isFinished(task) && isWaiting(task)

/** Undefined where somebody should look at all of the Agent. */
export const gatherTurn = async ({ reader, now }: Senses, parent: Agent): Promise<TurnSight | undefined> => {
  const { metadata, spec, status } = parent
  const [next] = status?.nextTasks ?? []
  if (!next || !isSettled(parent, now) || isHeldBack(parent)) return undefined
  const { name, namespace = '' } = metadata
  const { templateRef } = spec
  const slots = crowdAtWork(reader, parent).then(async (crowd) => ({
    crowd,
    ...(await slotsOf(reader, parent, crowd)),
  }))
  const [template, { crowd, missed, taskPods }, head] = await Promise.all([
    templateRef && reader.get({ kind: 'AgentTemplate', namespace, name: templateRef.name }),
    slots,
    reader.get({ kind: 'Task', namespace, name: next.name }),
  ])
  if (template?.metadata.generation !== status?.templateGeneration) return undefined
  const profile = mergeTemplate(spec, template?.spec)
  if (!isLimited(profile)) return undefined
  const first = isOf(head, next.uid, name) ? head : undefined
  return { isTurn: true, parent, profile, tasks: [...crowd, ...missed, ...(first ? [first] : [])], taskPods, first }
}

/** Releases slots and gives one to the first that waits: one ends, one begins. */
export const decideTurn = ({ parent, profile, tasks, taskPods, first }: TurnSight, now: Date): Plan<AgentStatus> => {
  const { metadata, status = {} } = parent
  const admission = admit(parent, profile, { unfinished: tasks, lingering: lingeringOf(taskPods, now) }, true, now)
  const { activeTasks, taskStartHistory, admitted, overdue, opensAt } = admission
  const { maxConcurrentTasks = 0 } = profile
  const hasRoom = maxConcurrentTasks === 0 || activeTasks.length < maxConcurrentTasks
  const { dueTime, nextTasks = [], ...rest } = status
  const next = nextTasks.slice(first && admitted.length === 0 ? 0 : 1)
  const hasMoved = next.length < nextTasks.length
  const due = dueTimeOf(dueTime, [...(opensAt === undefined ? [] : [opensAt]), ...callCheck(admission, now)], now)
  const itself = { kind: 'Agent', namespace: metadata.namespace ?? '', name: metadata.name } as const
  const waits = [
    ...(opensAt === undefined ? [] : [(opensAt - now.getTime()) / 1000]),
    ...(hasMoved || !isSame(activeTasks, status.activeTasks ?? []) ? [untilNextStretch(now)] : []),
  ]
  return {
    status: {
      ...rest,
      activeTasks: [...activeTasks],
      ...(profile.quota && { taskStartHistory: [...taskStartHistory] }),
      ...(next.length > 0 && { nextTasks: next }),
      queuedTasks: Math.max(
        0,
        (status.queuedTasks ?? 0) - admitted.filter((task) => task.status?.phase === 'Queued').length,
      ),
      ...(due !== undefined && { dueTime: due }),
    },
    wake: [...admitted, ...overdue].map(keyOf),
    ...(hasMoved && hasRoom && { turns: [itself] }),
    ...(waits.length > 0 && { againSeconds: Math.min(...waits) }),
  }
}
