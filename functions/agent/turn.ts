import type { Agent, AgentStatus } from '../../crds/agent.ts'
import type { Task } from '../../crds/task.ts'
import type { Pod } from 'kubernetes-types/core/v1'
import { conditionOf } from '../../shared/conditions.ts'
import { isFinished } from '../../shared/finished.ts'
import type { Profile } from '../../shared/merge-template.ts'
import { mergeTemplate } from '../../shared/merge-template.ts'
import type { Plan } from '../../shared/plan.ts'
import type { Senses } from '../../shared/reconcile.ts'
import { callCheck, dueTimeOf } from './due.ts'
import { isHeldBack } from './held-back.ts'
import { placesLater, placesOf } from './places.ts'
import type { Admission, AgentTask } from './queue.ts'
import { admit, callOf, hasStarts, isLimited, isWaiting, laterCalls, queueStatus, whoBegins } from './queue.ts'
import { aheadOfTurn, crowdAtWork, isCrowd, lingeringOf, slotsOf, unfinishedTasks } from './tasks.ts'

/**
 * What is known when turns are given out by themselves: the queue, and nothing else of the Agent. Why that is enough:
 * docs/decisions/0036-a-turn-by-itself.md.
 */
export interface TurnSight {
  readonly isTurn: true
  readonly parent: Agent
  readonly profile: Profile
  /** Those that hold slots and those that wait. */
  readonly tasks: readonly AgentTask[]
  readonly taskPods: readonly Pod[]
  /** Whether, of those that wait, only the first of `status.nextTasks` was read, where there is one. */
  readonly isBrief: boolean
}

/** Whether the status says all there is to know of the Agent but its Tasks. */
const isSettled = ({ metadata, spec, status }: Agent): boolean =>
  metadata.deletionTimestamp === undefined &&
  status?.observedGeneration === metadata.generation &&
  !spec.suspend &&
  status?.ready === true &&
  conditionOf(status.conditions, 'Ready')?.status === 'True'

const isOf = (task: Task | undefined, uid: string, agent: string): task is Task =>
  task?.metadata.uid === uid && task.spec.agentRef?.name === agent && !isFinished(task) && isWaiting(task)

/** Undefined where somebody should look at all of the Agent. */
export const gatherTurn = async ({ reader, now, hint }: Senses, parent: Agent): Promise<TurnSight | undefined> => {
  const { metadata, spec, status } = parent
  const { name, namespace = '' } = metadata
  const { templateRef } = spec
  const [next] = status?.nextTasks ?? []
  // Each start is followed by a look at all of the Agent, which sets right who comes next.
  // Where nobody waits and many hold slots, a list of all names those that do not run yet too, and is as short.
  const isQueueKnown = next ? hasStarts(parent, 1, now) : status?.queuedTasks === 0 && !isCrowd(parent)
  const isBrief = hint.turn === 'ended' && isQueueKnown
  // Who is told when there is nothing to do is a matter of the whole Agent.
  const mayBeIdle = spec.standby !== undefined && !(isBrief && next)
  if (!isSettled(parent) || isHeldBack(parent) || mayBeIdle) return undefined
  const slots = (isBrief ? crowdAtWork(reader, parent) : unfinishedTasks(reader, namespace, name)).then(
    async (listed) => ({ listed, ...(await slotsOf(reader, parent, listed)) }),
  )
  const [template, { listed, missed, taskPods }, head] = await Promise.all([
    templateRef && reader.get({ kind: 'AgentTemplate', namespace, name: templateRef.name }),
    slots,
    isBrief && next ? reader.get({ kind: 'Task', namespace, name: next.name }) : undefined,
  ])
  if (template?.metadata.generation !== status?.templateGeneration) return undefined
  const profile = mergeTemplate(spec, template?.spec)
  if (!isLimited(profile)) return undefined
  const first = next && isOf(head, next.uid, name) ? [head] : []
  return { isTurn: true, parent, profile, tasks: [...listed, ...missed, ...first], taskPods, isBrief }
}

/** The queue after a brief look: whoever was read of it is not next any more, unless the turn was not given. */
const briefStatus = (
  { status = {} }: Agent,
  { quota }: Profile,
  { activeTasks, taskStartHistory, admitted, waiting }: Admission,
): ReturnType<typeof queueStatus> => {
  const nextTasks = (status.nextTasks ?? []).slice(waiting.length > 0 ? 0 : 1)
  return {
    queuedTasks: Math.max(0, (status.queuedTasks ?? 0) - admitted.length),
    activeTasks: [...activeTasks],
    ...(nextTasks.length > 0 && { nextTasks }),
    ...(quota && { taskStartHistory: [...taskStartHistory] }),
  }
}

/** Releases slots and gives them to those that wait longest. */
export const decideTurn = (sight: TurnSight, now: Date): Plan<AgentStatus> => {
  const { parent, profile, tasks, taskPods, isBrief } = sight
  const { metadata, status: before = {} } = parent
  const admission = admit(parent, profile, { unfinished: tasks, lingering: lingeringOf(taskPods, now) }, true, now)
  const { activeTasks, admitted, waiting, opensAt } = admission
  const { dueTime, activeTasks: _active, nextTasks: _next, taskStartHistory: _starts, ...rest } = before
  const due = dueTimeOf(dueTime, [...(opensAt === undefined ? [] : [opensAt]), ...callCheck(admission, now)], now)
  const status: AgentStatus = {
    ...rest,
    ...(isBrief ? briefStatus(parent, profile, admission) : queueStatus(parent, profile, admission, now)),
    ...(due !== undefined && { dueTime: due }),
  }
  // The first in the queue alone is known after a brief look: where that one has gone, or there is room for more, so is the next.
  const { maxConcurrentTasks = 0 } = profile
  const hasRoom = maxConcurrentTasks === 0 || activeTasks.length < maxConcurrentTasks
  const isLeft = (status.queuedTasks ?? 0) > 0
  const isNext = isBrief && hasRoom && isLeft && before.nextTasks !== undefined && waiting.length === 0
  // The first start in a stretch asks for the look at all that follows it, and so does whoever comes after it.
  const isFollowed = hasStarts(parent, 0, now)
  const isUnsaid = isBrief ? !isFollowed || waiting.length > 0 : isFollowed || admitted.length > 0
  const places =
    isLeft && isUnsaid ? placesLater(now) : placesOf(isBrief ? [] : waiting, { ...parent, status }, profile, now)
  const waits = [
    ...(opensAt === undefined ? [] : [(opensAt - now.getTime()) / 1000]),
    ...(places.againSeconds === undefined ? [] : [places.againSeconds]),
  ]
  const mayBeIdle = parent.spec.standby !== undefined && activeTasks.length + waiting.length === 0
  const call = callOf({ ...parent, status }, now)
  const itself = { kind: 'Agent', namespace: metadata.namespace ?? '', name: metadata.name } as const
  return {
    status,
    hints: [
      ...whoBegins(admission).map(({ metadata }) => call(metadata)),
      ...laterCalls(admission),
      ...(isNext ? [{ key: itself, turn: 'ended', ahead: aheadOfTurn({ ...parent, status }) } as const] : []),
      ...(mayBeIdle ? [{ key: itself }] : []),
    ],
    ...(places.changes.length > 0 && { others: places.changes }),
    ...(waits.length > 0 && { againSeconds: Math.min(...waits) }),
  }
}
