import type { ActiveTask } from '../../crds/agent.ts'
import type { TaskReason } from '../../crds/reasons.ts'
import type { ConfigMap } from 'kubernetes-types/core/v1'
import { annotations } from '../../crds/names.ts'
import type { TaskStatus } from '../../crds/task.ts'
import { withoutAnswer } from '../../shared/answers.ts'
import type { ConditionUpdate } from '../../shared/conditions.ts'
import { conditionOf, secondsSince, timestamp } from '../../shared/conditions.ts'
import { isFinished } from '../../shared/finished.ts'
import { isSame } from '../../shared/merge-patch.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import type { Plan } from '../../shared/plan.ts'
import { nothing } from '../../shared/plan.ts'
import { holdsSlot, isHeldUp, isLimited, isWaiting, predecessorOf, startsLate } from '../agent/queue.ts'
import type { Wait } from '../agent/waiting.ts'
import { waitingStatus, waitOf } from '../agent/waiting.ts'
import { taskConfigMapName, taskPodName } from '../workload/names.ts'
import { authSecret } from '../workload/password.ts'
import { taskObjects } from './builders.ts'
import { lostAfterSeconds, podOutcome } from '../workload/pod-outcome.ts'
import { refuseForbidden, refuseForeignObjects, refuseInvalidConfig } from './refusals.ts'
import { failed, failedAfterGrace, failedBeforeStart, isFalse, isTrue, note, readyNow, report } from './report.ts'
import { talkOf } from './talk.ts'
import type { Step } from './settle.ts'
import {
  agentKeys,
  byCluster,
  ending,
  leaveFinishedAlone,
  ownPod,
  settleWithoutPod,
  settleWithPod,
  stopOnRequest,
  stopWhenOverdue,
  timeoutLeft,
  turnOf,
} from './settle.ts'
import type { TaskSight } from './sight.ts'
import { lettingNext, nextHints, withWake } from './wakes.ts'

/** What a deleted Task owned goes with it; the runner's TERM trap ends its session. */
const leaveDeletedAlone: Step = ({ parent }) => (parent.metadata.deletionTimestamp === undefined ? undefined : nothing)

/** How often a look at what an earlier Task of this name left behind is repeated, in seconds. */
const formerAgainSeconds = 5

/** Deleted and made again under the same name: what the earlier Task owned is still being collected. */
const waitForFormerObjects: Step = (sight, now) => {
  const { parent, pod, configMap } = sight
  const { name, uid } = parent.metadata
  const isFormer = (object: KubeObject | undefined): boolean =>
    (object?.metadata?.ownerReferences ?? []).some(
      (owner) => owner.controller === true && owner.kind === 'Task' && owner.name === name && owner.uid !== uid,
    )
  const former = [pod, configMap].filter((object) => object !== undefined).filter(isFormer)
  if (former.length === 0) return undefined
  const held = former.flatMap(({ metadata }) => (metadata?.deletionTimestamp ? (metadata.finalizers ?? []) : []))
  const by = held.length === 0 ? '' : `; the finalizer ${held.join(', ')} keeps them`
  const message = `waiting until the Pod and the ConfigMap of an earlier Task of this name are gone${by}`
  return {
    status: report(sight, now, { phase: 'Pending', conditions: [isFalse('Ready', 'PodPending', message)] }),
    againSeconds: formerAgainSeconds,
  }
}

/** The news that the queue is left, for a Task that was in it. */
const leftQueue = ({ parent, target }: TaskSight): readonly ConditionUpdate[] => {
  if (conditionOf(parent.status?.conditions, 'Queued')?.status !== 'True') return []
  const isLimitedAgent = target.kind === 'agent' && isLimited(target.profile)
  return [
    isLimitedAgent
      ? isFalse('Queued', 'CapacityAvailable', `its turn came at Agent ${target.name}`)
      : isFalse('Queued', 'NoLimits', 'its Agent takes Tasks without limits'),
  ]
}

/** Said before the Pod is deleted: whoever finds it gone knows why. */
const giveUp = (
  sight: TaskSight,
  now: Date,
  reason: TaskReason,
  message: string,
  status: Partial<TaskStatus>,
): Plan<TaskStatus> =>
  conditionOf(sight.parent.status?.conditions, 'Ready')?.reason === reason
    ? { ...failed(sight, now, reason, message, { status }), ...ending(sight) }
    : {
        status: report(sight, now, { phase: 'Running', status, conditions: [isFalse('Ready', reason, message)] }),
        againSeconds: 0,
      }

const keepRunning: Step = (sight, now) => {
  const pod = ownPod(sight)
  if (!pod) return undefined
  const { parent, settings, target } = sight
  const outcome = podOutcome(pod)
  const status: Partial<TaskStatus> = {
    podName: taskPodName(parent.metadata.name),
    startTime: parent.status?.startTime ?? pod.metadata?.creationTimestamp ?? timestamp(now),
  }
  const updates: ConditionUpdate[] = [...leftQueue(sight)]
  let againSeconds = timeoutLeft(sight, now)

  const { deletionTimestamp } = pod.metadata ?? {}
  if (deletionTimestamp !== undefined) {
    const left = lostAfterSeconds - secondsSince(deletionTimestamp, now)
    if (left <= 0) {
      const { abort = [] } = ending(sight)
      const message = `the Pod was deleted, and its node does not say that it has ended${byCluster(pod)}`
      return { ...failed(sight, now, 'PodLost', message, { status }), abort }
    }
    againSeconds = Math.min(againSeconds ?? left, left)
  }
  if (outcome.state === 'starting') {
    const left = settings.podStartTimeoutSeconds - secondsSince(pod.metadata?.creationTimestamp, now)
    const { trouble } = outcome
    if (left <= 0) {
      const message = `the Pod did not start within ${settings.podStartTimeoutSeconds} s${trouble ? `: ${trouble.message}` : ''}`
      return giveUp(sight, now, 'PodStartTimeout', message, status)
    }
    if (trouble?.reason === 'InvalidImageName') return giveUp(sight, now, 'PodFailed', trouble.message, status)
    if (trouble) updates.push(isFalse('Ready', 'PodPending', trouble.message))
    againSeconds = Math.min(againSeconds ?? left, left)
  } else updates.push(...readyNow(sight, isTrue('Ready', 'PodRunning', 'the agent is at work')))
  const talk = talkOf(sight, now)
  updates.push(...talk.conditions)
  if (talk.againSeconds !== undefined) againSeconds = Math.min(againSeconds ?? Infinity, talk.againSeconds)
  // A suspended Agent that did not know of it keeps its server for it.
  const isNews = parent.status?.podName === undefined && target.kind === 'agent' && target.agent.spec.suspend
  return {
    ...talk.plan,
    status: report(sight, now, { phase: 'Running', status: { ...status, ...talk.status }, conditions: updates }),
    ...(isNews && { wake: agentKeys(sight) }),
    ...(againSeconds !== undefined && { againSeconds }),
  }
}

const waitForTarget: Step = (sight, now) =>
  sight.target.kind === 'missing' ? failedAfterGrace(sight, now, 'AgentError', sight.target.message) : undefined

const queued = (sight: TaskSight, now: Date, wait: Wait): Plan => {
  const { parent, target } = sight
  const before = conditionOf(parent.status?.conditions, 'Queued')
  const isNews = before?.status !== 'True' || before.reason !== wait.reason
  // Behind everybody who was counted; the Agent knows better when it looks.
  const counted = target.kind === 'agent' ? (target.agent.status?.queuedTasks ?? 0) : 0
  const { queue, condition } = waitingStatus(parent, wait, parent.status?.queue?.position ?? counted + 1, now)
  const event = wait.reason === 'QuotaExceeded' ? 'QuotaExceeded' : 'Queued'
  return {
    status: report(sight, now, { phase: 'Queued', status: { queue }, conditions: [condition] }),
    ...(isNews && { events: [note('Normal', event, 'QueueTask', condition.message)] }),
    // Whoever has said so before may not have lived to tell the Agent.
    ...((isNews || counted === 0) && { hints: turnOf(sight, 'waits') }),
  }
}

/** Turns are begun in their order: whoever has begun, or cannot, tells the next. */
const mayBegin = ({ predecessor }: TaskSight): boolean =>
  !predecessor || !isWaiting(predecessor) || isHeldUp(predecessor)

/** When a Task looks again that lets `before` begin first: that one may have looked before it could know whom to tell, in seconds. */
const beginAgainSeconds = (before: ActiveTask | undefined, now: Date): number =>
  Math.max(0.05, secondsSince(before?.startTime, now) / 10)

/**
 * When a Task that found room but got no turn looks again, so that it can say what it waits for, in seconds: after whoever
 * got one with it begins out of turn.
 */
const turnAgainSeconds = 3

/** An Agent that is there but not ready queues its Tasks without limit; its own function wakes them. */
const waitForAgent: Step = (sight, now) => {
  const { parent, target } = sight
  if (target.kind !== 'agent') return undefined
  const { agent, profile } = target
  const wait = waitOf(agent, profile, parent, now)
  if (wait) return queued(sight, now, wait)
  if (!isLimited(profile)) return undefined
  const { uid } = parent.metadata
  if (holdsSlot(agent, uid))
    return mayBegin(sight) ? undefined : { againSeconds: beginAgainSeconds(predecessorOf(agent, uid, now), now) }
  // There is room: the Agent says whose turn it is, so nothing is written that the next moment makes untrue.
  const isQueued = parent.status?.phase === 'Queued'
  return { hints: turnOf(sight, 'waits'), ...(!isQueued && { againSeconds: turnAgainSeconds }) }
}

const contentOf = ({ data = {}, binaryData = {} }: ConfigMap): object => ({ data, binaryData })

/** Whether its Agent counts the time it has nothing to do, which ends now. */
const isIdle = ({ target }: TaskSight): boolean =>
  target.kind === 'agent' && target.agent.status?.idleSince !== undefined

const start: Step = (sight, now) => {
  const { parent, target } = sight
  if (target.kind === 'missing') return undefined
  const objects = taskObjects(sight, target)
  if ('faults' in objects) {
    const message = objects.faults.map((fault) => fault.message).join('; ')
    return objects.faults.every(({ isPassing }) => isPassing)
      ? failedAfterGrace(sight, now, 'ContextError', message)
      : failedBeforeStart(sight, now, 'ContextError', message)
  }
  const updates: ConditionUpdate[] = [...leftQueue(sight)]
  // An Agent with limits has counted it when it gave out the turn.
  const isLate = target.kind === 'agent' && startsLate(target.agent, parent.metadata.uid, now)
  const isCounted =
    isIdle(sight) || isLate || (updates.length > 0 && target.kind === 'agent' && !isLimited(target.profile))
  const wake = isCounted ? agentKeys(sight) : []
  updates.push(...readyNow(sight, isTrue('Ready', 'PodRunning', 'what was missing is there now')))
  const { name, namespace = '' } = parent.metadata
  const podName = taskPodName(name)
  const configMapName = taskConfigMapName(name)
  const { configMap } = sight
  // One of an attempt that got no further, before the Task was changed.
  const isStale = configMap !== undefined && !isSame(contentOf(configMap), contentOf(objects.configMap))
  const staleUid = configMap?.metadata?.uid ?? ''
  const next = report(sight, now, {
    phase: 'Running',
    status: { podName, startTime: timestamp(now) },
    conditions: updates,
  })
  const again = timeoutLeft({ ...sight, parent: { ...parent, status: next } }, now)
  return {
    ...(isStale && { remove: [{ ref: { kind: 'ConfigMap', namespace, name: configMapName }, uid: staleUid }] }),
    create: [...(configMap && !isStale ? [] : [objects.configMap]), objects.pod],
    status: next,
    events: [note('Normal', 'PodCreated', 'CreatePod', `created Pod ${podName}`)],
    ...(wake.length > 0 && { wake }),
    hints: nextHints(sight, now),
    againSeconds: Math.min(again ?? sight.settings.podStartTimeoutSeconds, sight.settings.podStartTimeoutSeconds),
  }
}

/** Read top to bottom: the first step with an opinion wins. */
const steps: readonly Step[] = [
  leaveFinishedAlone,
  leaveDeletedAlone,
  stopOnRequest,
  stopWhenOverdue,
  waitForFormerObjects,
  refuseForeignObjects,
  settleWithPod,
  settleWithoutPod,
  keepRunning,
  waitForTarget,
  waitForAgent,
  refuseForbidden,
  refuseInvalidConfig,
  start,
]

/** Nobody serves an answer to a Task that has ended, so none stays behind. */
const withoutLateAnswer = ({ parent }: TaskSight, plan: Plan<TaskStatus>): Plan<TaskStatus> => {
  const isEnd = isFinished(plan)
  const isLate = isEnd && parent.metadata.annotations?.[annotations.answer] !== undefined
  return isLate ? { ...plan, patch: withoutAnswer } : plan
}

/** Whoever deleted the Secret under a running server would keep its Tasks from it for good. */
const withPassword = ({ target, lostAccess }: TaskSight, plan: Plan<TaskStatus>): Plan<TaskStatus> =>
  lostAccess && target.kind === 'agent' ? { ...plan, ensure: [authSecret(target.agent, lostAccess)] } : plan

/** What should happen to a Task next. */
export const decideTask = (sight: TaskSight, now: Date): Plan => {
  for (const step of steps) {
    const plan = step(sight, now)
    if (plan) return withWake(sight, lettingNext(sight, withoutLateAnswer(sight, withPassword(sight, plan)), now), now)
  }
  return nothing
}
