import { durationSeconds } from '../../crds/duration.ts'
import { annotations } from '../../crds/names.ts'
import type { TaskReason } from '../../crds/reasons.ts'
import type { TaskPhase, TaskStatus } from '../../crds/task.ts'
import type { ConditionUpdate } from '../../shared/conditions.ts'
import { conditionOf, secondsSince, timestamp, withConditions } from '../../shared/conditions.ts'
import type { Key } from '../../shared/hint.ts'
import { isControlledBy } from '../../shared/kubernetes.ts'
import type { Incarnation, Note, Plan } from '../../shared/plan.ts'
import { nothing } from '../../shared/plan.ts'
import type { SessionReport } from '../../shared/ports.ts'
import { holdsSlot, isLimited, whyWaiting } from '../agent/queue.ts'
import { sessionServer, taskConfigMapName, taskPodName } from '../workload/names.ts'
import { taskObjects, titleOf } from './builders.ts'
import { podOutcome } from '../workload/pod-outcome.ts'
import type { TaskSight } from './sight.ts'

/** How long a Task waits for something it names, in seconds: manifests are applied in any order. */
const missingGraceSeconds = 5

type Step = (sight: TaskSight, now: Date) => Plan | undefined

interface Report {
  readonly phase: TaskPhase
  readonly conditions?: readonly ConditionUpdate[]
  readonly status?: Partial<TaskStatus>
}

/** The Task's whole status with a change in it. */
const report = ({ parent, target }: TaskSight, now: Date, { phase, conditions = [], status }: Report): TaskStatus => {
  const { generation } = parent.metadata
  return {
    ...parent.status,
    ...(target.kind === 'agent' && { agentRef: { name: target.name } }),
    ...(target.kind === 'template' && { templateRef: { name: target.name } }),
    ...status,
    phase,
    ...(generation !== undefined && { observedGeneration: generation }),
    conditions: withConditions(parent.status?.conditions, conditions, now, generation),
  }
}

const note = (type: Note['type'], reason: string, action: string, message: string): Note => ({
  type,
  reason,
  action,
  message,
})

const isTrue = (type: string, reason: TaskReason, message: string): ConditionUpdate => ({
  type,
  status: 'True',
  reason,
  message,
})
const isFalse = (type: string, reason: TaskReason, message: string): ConditionUpdate => ({
  type,
  status: 'False',
  reason,
  message,
})

/** Ready is only ever said of a Task that had trouble; what it says must not outlive that trouble. */
const readyNow = ({ parent }: TaskSight, update: ConditionUpdate): readonly ConditionUpdate[] =>
  conditionOf(parent.status?.conditions, 'Ready') ? [update] : []

const failed = (
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
const failedBeforeStart = (sight: TaskSight, now: Date, reason: TaskReason, message: string): Plan => ({
  status: report(sight, now, {
    phase: 'Failed',
    status: { completionTime: timestamp(now) },
    conditions: [isFalse('Ready', reason, message), isTrue('Failed', reason, message)],
  }),
  events: [note('Warning', reason === 'PodCreationError' ? 'PodCreationFailed' : 'Failed', 'StartTask', message)],
})

/** Pending for a short while with the reason shown, then failed. */
const failedAfterGrace = (sight: TaskSight, now: Date, reason: TaskReason, message: string): Plan => {
  const before = conditionOf(sight.parent.status?.conditions, 'Ready')
  const waited = before?.status === 'False' ? secondsSince(before.lastTransitionTime, now) : 0
  if (waited >= missingGraceSeconds) return failedBeforeStart(sight, now, reason, message)
  const left = missingGraceSeconds - waited
  const waiting = isFalse('Ready', reason, `${message}; waiting for it for ${missingGraceSeconds} s before giving up`)
  return { status: report(sight, now, { phase: 'Pending', conditions: [waiting] }), againSeconds: left }
}

const ownPod = ({ parent, pod }: TaskSight) => (pod && isControlledBy(pod, parent.metadata.uid) ? pod : undefined)

/** Ends the session on the Agent's server first, then the Pod: a client that only dies leaves the model spending. */
const ending = (sight: TaskSight): Pick<Plan, 'abort' | 'remove'> => {
  const { parent, target } = sight
  const pod = ownPod(sight)
  if (!pod) return {}
  const { namespace = '' } = parent.metadata
  const remove: Incarnation = {
    ref: { kind: 'Pod', namespace, name: taskPodName(parent.metadata.name) },
    uid: pod.metadata?.uid ?? '',
  }
  if (target.kind !== 'agent' || target.profile.command !== undefined) return { remove: [remove] }
  const server = sessionServer(target.name, namespace, target.agent.spec.port)
  return { abort: [{ server, title: titleOf(parent) }], remove: [remove] }
}

const leaveFinishedAlone: Step = ({ parent }) =>
  parent.status?.phase === 'Completed' || parent.status?.phase === 'Failed' ? nothing : undefined

/** What a deleted Task owned goes with it; the runner's TERM trap ends its session. */
const leaveDeletedAlone: Step = ({ parent }) => (parent.metadata.deletionTimestamp === undefined ? undefined : nothing)

const stopOnRequest: Step = (sight, now) => {
  if (sight.parent.metadata.annotations?.[annotations.stop] !== 'true') return undefined
  const message = 'stopped by the annotation kubeopencode.io/stop=true'
  return {
    ...ending(sight),
    status: report(sight, now, {
      phase: 'Completed',
      status: { completionTime: timestamp(now) },
      conditions: [isTrue('Stopped', 'UserStopped', message)],
    }),
    events: [note('Normal', 'Stopped', 'StopTask', message)],
  }
}

const timeoutLeft = ({ parent }: TaskSight, now: Date): number | undefined => {
  const { timeout } = parent.spec
  const startTime = parent.status?.startTime
  const limit = timeout === undefined ? undefined : durationSeconds(timeout)
  return limit === undefined || startTime === undefined ? undefined : limit - secondsSince(startTime, now)
}

const stopWhenOverdue: Step = (sight, now) => {
  const left = timeoutLeft(sight, now)
  if (left === undefined || left > 0) return undefined
  const pod = ownPod(sight)
  const outcome = pod && podOutcome(pod)
  if (outcome?.state === 'succeeded' || outcome?.state === 'failed') return undefined // it ended in time, only the news is late
  const message = `not finished within its timeout of ${sight.parent.spec.timeout}`
  return {
    ...ending(sight),
    status: report(sight, now, {
      phase: 'Completed',
      status: { completionTime: timestamp(now) },
      conditions: [isTrue('Stopped', 'Timeout', message)],
    }),
    events: [note('Warning', 'Timeout', 'StopTask', message)],
  }
}

/** A name that somebody else holds is neither adopted nor overwritten. */
const refuseForeignObjects: Step = (sight, now) => {
  const { parent, pod, configMap } = sight
  const { name, namespace = '' } = parent.metadata
  const remedy = 'rename the Task or remove that object'
  if (pod && !ownPod(sight))
    return failedBeforeStart(
      sight,
      now,
      'PodCreationError',
      `Pod ${namespace}/${taskPodName(name)} belongs to another owner; ${remedy}`,
    )
  if (configMap && !isControlledBy(configMap, parent.metadata.uid))
    return failedBeforeStart(
      sight,
      now,
      'ConfigMapCreationError',
      `ConfigMap ${namespace}/${taskConfigMapName(name)} belongs to another owner; ${remedy}`,
    )
  return undefined
}

const isSession = (session: TaskSight['session']): session is SessionReport => typeof session === 'object'

/** The Pod's own word first; what the Agent's server says of the session may correct a success, never a failure. */
const settleWithPod: Step = (sight, now) => {
  const pod = ownPod(sight)
  if (!pod) return undefined
  const outcome = podOutcome(pod)
  if (outcome.state !== 'succeeded' && outcome.state !== 'failed') return undefined
  const { session } = sight
  const known = outcome.session ?? (isSession(session) ? session.session : undefined)
  const status: Partial<TaskStatus> = {
    podName: taskPodName(sight.parent.metadata.name),
    ...(known && { session: known }),
  }

  if (outcome.state === 'failed') {
    if (pod.metadata?.deletionTimestamp !== undefined)
      return failed(sight, now, 'PodLost', 'the Pod was deleted while the agent was at work', { status })
    return failed(sight, now, outcome.reason, outcome.message, { status })
  }
  if (isSession(session) && session.error !== undefined)
    return failed(sight, now, 'AgentRunFailed', session.error, { status })

  const unverified: ConditionUpdate = {
    type: 'SessionVerified',
    status: 'Unknown',
    reason: 'ServerUnreachable',
    message: "the Agent's server did not answer, so the Pod's exit code alone decided",
  }
  return {
    status: report(sight, now, {
      phase: 'Completed',
      status: { completionTime: timestamp(now), ...status },
      conditions: [
        ...readyNow(sight, isTrue('Ready', 'Completed', 'the agent has finished its work')),
        isTrue('Complete', 'Completed', 'the agent has finished its work'),
        ...(session === 'unreachable' ? [unverified] : []),
      ],
    }),
    events: [note('Normal', 'Completed', 'FinishTask', 'the agent has finished its work')],
  }
}

/** Its Pod was there and is no more: deleted by a person, a drain or a lost node. */
const settleWithoutPod: Step = (sight, now) =>
  sight.parent.status?.podName !== undefined && !sight.pod
    ? failed(sight, now, 'PodLost', `Pod ${sight.parent.status.podName} is gone before the agent had finished`)
    : undefined

const keepRunning: Step = (sight, now) => {
  const pod = ownPod(sight)
  if (!pod) return undefined
  const { parent, settings } = sight
  const outcome = podOutcome(pod)
  const status: Partial<TaskStatus> = {
    podName: taskPodName(parent.metadata.name),
    startTime: parent.status?.startTime ?? pod.metadata?.creationTimestamp ?? timestamp(now),
  }
  const updates: ConditionUpdate[] = []
  let againSeconds = timeoutLeft(sight, now)

  if (outcome.state === 'starting') {
    const left = settings.podStartTimeoutSeconds - secondsSince(pod.metadata?.creationTimestamp, now)
    const { trouble } = outcome
    if (left <= 0) {
      const message = `the Pod did not start within ${settings.podStartTimeoutSeconds} s${trouble ? `: ${trouble.message}` : ''}`
      return { ...failed(sight, now, 'PodStartTimeout', message, { status }), ...ending(sight) }
    }
    if (trouble?.reason === 'InvalidImageName')
      return { ...failed(sight, now, 'PodFailed', trouble.message, { status }), ...ending(sight) }
    if (trouble) updates.push(isFalse('Ready', 'PodPending', trouble.message))
    againSeconds = Math.min(againSeconds ?? left, left)
  } else updates.push(...readyNow(sight, isTrue('Ready', 'PodRunning', 'the agent is at work')))
  return {
    status: report(sight, now, { phase: 'Running', status, conditions: updates }),
    ...(againSeconds !== undefined && { againSeconds }),
  }
}

const waitForTarget: Step = (sight, now) =>
  sight.target.kind === 'missing' ? failedAfterGrace(sight, now, 'AgentError', sight.target.message) : undefined

/** A waiting Task is counted in its Agent's status, and where there are limits the Agent gives out the turns. */
const agentKeys = ({ parent, target }: TaskSight): Key[] =>
  target.kind === 'agent' ? [{ kind: 'Agent', namespace: parent.metadata.namespace ?? '', name: target.name }] : []

const queued = (sight: TaskSight, now: Date, reason: TaskReason, message: string): Plan => {
  const before = conditionOf(sight.parent.status?.conditions, 'Queued')
  const isNews = before?.status !== 'True' || before.reason !== reason
  const event = reason === 'QuotaExceeded' ? 'QuotaExceeded' : 'Queued'
  return {
    status: report(sight, now, { phase: 'Queued', conditions: [isTrue('Queued', reason, message)] }),
    ...(isNews && { events: [note('Normal', event, 'QueueTask', message)], wake: agentKeys(sight) }),
  }
}

/** An Agent that is there but not ready queues its Tasks without limit; its own function wakes them. */
const waitForAgent: Step = (sight, now) => {
  const { target } = sight
  if (target.kind !== 'agent') return undefined
  const { agent, name } = target
  if (agent.spec.suspend)
    return queued(sight, now, 'AgentSuspended', `Agent ${name} is suspended; set spec.suspend to false to resume it`)
  if (agent.status?.ready !== true) {
    const why = conditionOf(agent.status?.conditions, 'Ready')
    const detail = why?.status === 'False' ? `: ${why.message}` : ''
    return queued(sight, now, 'AgentServerNotReady', `waiting for the server of Agent ${name} to become ready${detail}`)
  }
  if (!isLimited(target.profile) || holdsSlot(agent, sight.parent.metadata.uid)) return undefined
  const { reason, message } = whyWaiting(agent, target.profile)
  return queued(sight, now, reason, message)
}

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
  const { conditions } = parent.status ?? {}
  const { queue: _left, ...status } = parent.status ?? {}
  const updates: ConditionUpdate[] = []
  const wasQueued = conditionOf(conditions, 'Queued')?.status === 'True'
  if (wasQueued) updates.push(isFalse('Queued', 'CapacityAvailable', `its turn came at Agent ${target.name}`))
  updates.push(...readyNow(sight, isTrue('Ready', 'PodRunning', 'what was missing is there now')))
  const podName = taskPodName(parent.metadata.name)
  const next = report({ ...sight, parent: { ...parent, status } }, now, {
    phase: 'Running',
    status: { podName, startTime: timestamp(now) },
    conditions: updates,
  })
  const again = timeoutLeft({ ...sight, parent: { ...parent, status: next } }, now)
  return {
    create: [...(sight.configMap ? [] : [objects.configMap]), objects.pod],
    status: next,
    events: [note('Normal', 'PodCreated', 'CreatePod', `created Pod ${podName}`)],
    ...(wasQueued && { wake: agentKeys(sight) }),
    againSeconds: Math.min(again ?? sight.settings.podStartTimeoutSeconds, sight.settings.podStartTimeoutSeconds),
  }
}

/** Read top to bottom: the first step with an opinion wins. */
const steps: readonly Step[] = [
  leaveFinishedAlone,
  leaveDeletedAlone,
  stopOnRequest,
  stopWhenOverdue,
  refuseForeignObjects,
  settleWithPod,
  settleWithoutPod,
  keepRunning,
  waitForTarget,
  waitForAgent,
  start,
]

/** The end of a Task frees its slot, so its Agent looks at once whose turn it is. */
const freesSlot = ({ target }: TaskSight, { status }: Plan<TaskStatus>): boolean =>
  target.kind === 'agent' &&
  (isLimited(target.profile) || target.agent.spec.standby !== undefined) &&
  (status?.phase === 'Completed' || status?.phase === 'Failed')

/** What should happen to a Task next. */
export const decideTask = (sight: TaskSight, now: Date): Plan => {
  for (const step of steps) {
    const plan = step(sight, now)
    if (plan) return freesSlot(sight, plan) ? { ...plan, wake: agentKeys(sight) } : plan
  }
  return nothing
}

/** The apiserver refused the ConfigMap or the Pod for good: Pod Security, a webhook, an invalid field. */
export const taskRefused = (sight: TaskSight, message: string, now: Date): Plan =>
  sight.pod
    ? nothing
    : failedBeforeStart(
        sight,
        now,
        message.includes('ConfigMap') ? 'ConfigMapCreationError' : 'PodCreationError',
        message,
      )
