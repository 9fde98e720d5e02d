import type { Pod } from 'kubernetes-types/core/v1'
import { annotations } from '../../crds/names.ts'
import type { TaskStatus } from '../../crds/task.ts'
import type { ConditionUpdate } from '../../shared/conditions.ts'
import { conditionOf, timestamp } from '../../shared/conditions.ts'
import type { Key, Turn } from '../../shared/hint.ts'
import { isControlledBy } from '../../shared/kubernetes.ts'
import type { Incarnation, Plan } from '../../shared/plan.ts'
import { nothing } from '../../shared/plan.ts'
import type { SessionReport } from '../../shared/ports.ts'
import { holdsSlot } from '../agent/queue.ts'
import { aheadOfTurn } from '../agent/tasks.ts'
import { sessionServer, taskPodName } from '../workload/names.ts'
import { endedByCluster, hasEnded, holdsPlace, podOutcome } from '../workload/pod-outcome.ts'
import { titleOf } from './builders.ts'
import { overdueAt } from './due.ts'
import { failed, isTrue, note, readyNow, report } from './report.ts'
import type { TaskSight } from './sight.ts'
import { isFinished } from '../../shared/finished.ts'

/** One thing that may be so of a Task: a plan where it is, and undefined where the next step should look. */
export type Step = (sight: TaskSight, now: Date) => Plan | undefined

/** Its Pod, unless another owner has the name. */
export const ownPod = ({ parent, pod }: TaskSight) =>
  pod && isControlledBy(pod, parent.metadata.uid) ? pod : undefined

/** Ends the session that a Task may have on its Agent's server. */
const leaving = ({ parent, target }: TaskSight): Pick<Plan, 'abort'> =>
  target.kind === 'agent' && target.profile.command === undefined
    ? { abort: [{ server: sessionServer(target.agent), title: titleOf(parent) }] }
    : {}

/** Ends the session on the Agent's server first, then the Pod: a client that only dies leaves the model spending. */
export const ending = (sight: TaskSight): Pick<Plan, 'abort' | 'remove'> => {
  const { parent } = sight
  const pod = ownPod(sight)
  if (!pod) return {}
  const { namespace = '' } = parent.metadata
  const remove: Incarnation = {
    ref: { kind: 'Pod', namespace, name: taskPodName(parent.metadata.name) },
    uid: pod.metadata?.uid ?? '',
  }
  return { ...leaving(sight), remove: [remove] }
}

/** Its Agent, where it is one: it counts who waits and, where there are limits, gives out the turns. */
export const agentKeys = ({ parent, target }: TaskSight): Key[] =>
  target.kind === 'agent' ? [{ kind: 'Agent', namespace: parent.metadata.namespace ?? '', name: target.name }] : []

/** Asks its Agent whose turn it is. */
export const turnOf = (sight: TaskSight, turn: Turn): NonNullable<Plan['hints']> => {
  const { target } = sight
  const ahead = turn === 'ended' && target.kind === 'agent' ? aheadOfTurn(target.agent) : []
  return agentKeys(sight).map((key) => ({ key, turn, ...(ahead.length > 0 && { ahead }) }))
}

/**
 * A finished Task is final. A Pod that another copy made while this Task was being stopped is not left to run, and the
 * slot is free when the last of its Pod is.
 */
export const leaveFinishedAlone: Step = (sight, now) => {
  const { parent, target } = sight
  if (!isFinished(parent)) return undefined
  const pod = ownPod(sight)
  const isLeftOver = pod && pod.metadata?.deletionTimestamp === undefined && !hasEnded(podOutcome(pod))
  if (isLeftOver) return ending(sight)
  const holdsOn = target.kind === 'agent' && holdsSlot(target.agent, parent.metadata.uid)
  return holdsOn && !(pod && holdsPlace(pod, now)) ? { hints: turnOf(sight, 'ended') } : nothing
}

export const stopOnRequest: Step = (sight, now) => {
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

/** Seconds until its timeout is over; undefined where it has none, or has not begun. */
export const timeoutLeft = ({ parent }: TaskSight, now: Date): number | undefined => {
  const overdue = overdueAt(parent.spec, parent.status ?? {})
  return overdue === undefined ? undefined : (overdue - now.getTime()) / 1000
}

export const stopWhenOverdue: Step = (sight, now) => {
  const left = timeoutLeft(sight, now)
  if (left === undefined || left > 0) return undefined
  const pod = ownPod(sight)
  // It ended in time and only the news is late; a Pod on its way out may be one this very timeout has removed.
  if (pod && pod.metadata?.deletionTimestamp === undefined && hasEnded(podOutcome(pod))) return undefined
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

const isSession = (session: TaskSight['session']): session is SessionReport => typeof session === 'object'

/** Whoever has deleted a Pod that would not start has said so before. */
const lost = (sight: TaskSight, now: Date, message: string, status: Partial<TaskStatus> = {}): Plan<TaskStatus> => {
  const said = conditionOf(sight.parent.status?.conditions, 'Ready')
  return said?.reason === 'PodStartTimeout' || said?.reason === 'PodFailed'
    ? failed(sight, now, said.reason, said.message ?? '', { status })
    : failed(sight, now, 'PodLost', message, { status })
}

/** The end of a sentence about a deleted Pod, where it was not a person. */
export const byCluster = (pod: Pod): string => {
  const why = endedByCluster(pod)
  return why === undefined ? '' : ` (${why})`
}

/** The Pod's own word first; what the Agent's server says of the session may correct a success, never a failure. */
export const settleWithPod: Step = (sight, now) => {
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
    // Whoever was killed could not end its session, and says nothing of one.
    const left = outcome.session ? {} : leaving(sight)
    if (pod.metadata?.deletionTimestamp !== undefined)
      return {
        ...lost(sight, now, `the Pod was deleted while the agent was at work${byCluster(pod)}`, status),
        ...left,
      }
    return { ...failed(sight, now, outcome.reason, outcome.message, { status }), ...left }
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

/** Its Pod was there and is no more: deleted by a person, a drain or a lost node, or by us who had given it up. */
export const settleWithoutPod: Step = (sight, now) => {
  const { podName } = sight.parent.status ?? {}
  return podName !== undefined && !sight.pod
    ? { ...lost(sight, now, `Pod ${podName} is gone before the agent had finished`), ...leaving(sight) }
    : undefined
}
