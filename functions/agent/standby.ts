import type { Agent } from '../../crds/agent.ts'
import { durationSeconds } from '../../crds/duration.ts'
import { annotations } from '../../crds/names.ts'
import { conditionOf } from '../../shared/conditions.ts'
import type { AgentTask } from './queue.ts'
import { isWaiting } from './queue.ts'

const suspendedBy = ({ metadata }: Agent): string | undefined => metadata.annotations?.[annotations.suspendedBy]

/** Whether standby has suspended it, and not a person. */
export const isInStandby = (agent: Agent): boolean => agent.spec.suspend && suspendedBy(agent) === 'standby'

/** Since when the suspension is known; undefined at the first look at it. */
const suspendedSince = ({ status }: Agent): string | undefined => {
  const condition = conditionOf(status?.conditions, 'Suspended')
  return condition?.status === 'True' ? condition.lastTransitionTime : undefined
}

/**
 * Whether a Task that waits resumes its suspended Agent. A person's suspension is ended by Tasks that come after it and
 * not by those that waited before, or else nobody could suspend an Agent that has a queue.
 */
export const resumes = (agent: Agent, { metadata, status }: AgentTask): boolean => {
  if (agent.spec.standby === undefined) return false
  if (isInStandby(agent)) return true
  const since = suspendedSince(agent)
  if (since !== undefined) return (metadata.creationTimestamp ?? '') >= since
  // At the first look it is not known what came before: who has met the suspension itself counts as new.
  const queued = conditionOf(status?.conditions, 'Queued')
  return queued === undefined || queued.reason === 'AgentSuspended'
}

/** Clocks differ; a time further ahead than this is no time of a connection, and would keep the Agent awake for good. */
const clockSkewMs = 60_000

/** When a terminal was open last, in milliseconds since 1970. */
const connectedAt = ({ metadata }: Agent, now: Date): number => {
  const time = Date.parse(metadata.annotations?.[annotations.lastConnectionActive] ?? '')
  return Number.isNaN(time) || time > now.getTime() + clockSkewMs ? -Infinity : time
}

const idleMs = ({ standby }: Agent['spec']): number => (durationSeconds(standby?.idleTimeout ?? '') ?? Infinity) * 1000

/** Until when an Agent that is idle since `idleSince` stays awake; milliseconds since 1970. */
export const awakeUntil = (agent: Agent, idleSince: string, now: Date): number =>
  Math.max(Date.parse(idleSince), connectedAt(agent, now)) + idleMs(agent.spec)

/** Whether a terminal that was opened wakes it. Standby keeps away from open ones, so a recent one has come after it. */
const isWokenByConnection = (agent: Agent, now: Date): boolean => {
  const connected = connectedAt(agent, now)
  if (isInStandby(agent)) return now.getTime() - connected < idleMs(agent.spec)
  const since = suspendedSince(agent)
  return since !== undefined && connected > Date.parse(since) + 1000
}

const resume = (agent: Agent): object => ({
  spec: { suspend: false },
  ...(suspendedBy(agent) !== undefined && { metadata: { annotations: { [annotations.suspendedBy]: null } } }),
})

const suspend = { spec: { suspend: true }, metadata: { annotations: { [annotations.suspendedBy]: 'standby' } } }

/**
 * The change of an Agent's own `spec.suspend`, where standby has one to make; `unfinished` are its Tasks that have not
 * ended. It is written with the resourceVersion that was read, so that a person, or another copy, is never overruled.
 * A Task that comes between the look and the write finds the Agent suspended and wakes it, or is found running by the
 * next look, which keeps the server for it.
 */
export const standbyChange = (agent: Agent, unfinished: readonly AgentTask[], now: Date): object | undefined => {
  const { standby, suspend: isSuspended } = agent.spec
  if (!isSuspended) {
    if (suspendedBy(agent) !== undefined) return { metadata: { annotations: { [annotations.suspendedBy]: null } } }
    const { idleSince } = agent.status ?? {}
    if (!standby || unfinished.length > 0 || idleSince === undefined) return undefined
    return awakeUntil(agent, idleSince, now) <= now.getTime() ? suspend : undefined
  }
  // The suspension goes with the reason for it: nobody else would end it.
  if (!standby) return isInStandby(agent) ? resume(agent) : undefined
  const isWanted =
    unfinished.some((task) => isWaiting(task) && resumes(agent, task)) ||
    (isInStandby(agent) && unfinished.length > 0) ||
    isWokenByConnection(agent, now)
  return isWanted ? resume(agent) : undefined
}

/** Tasks that are at work, or may be about to begin, on a server that is to be scaled to zero. */
export const keepingServer = ({ status: agent }: Agent, unfinished: readonly AgentTask[]): readonly AgentTask[] =>
  unfinished.filter(
    ({ status }) => status?.podName !== undefined || (agent?.ready === true && status?.phase === undefined),
  )
