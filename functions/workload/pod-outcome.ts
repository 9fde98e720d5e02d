import type { ContainerStatus, Pod } from 'kubernetes-types/core/v1'
import type { RunSummary } from '../pod/run/summary.ts'
import { parseRunSummary } from '../pod/run/summary.ts'
import type { TaskReason } from '../../crds/reasons.ts'
import type { TaskSession } from '../../crds/task.ts'
import { secondsSince } from '../../shared/conditions.ts'
import { ordinaryWaits } from '../../shared/kubernetes.ts'

/** What a Pod says about the work in it. */
export type PodOutcome =
  | { readonly state: 'starting'; readonly trouble?: { readonly reason: string; readonly message: string } }
  | { readonly state: 'running' }
  | { readonly state: 'succeeded'; readonly session: TaskSession | undefined }
  | ({ readonly state: 'failed' } & Failure)

interface Failure {
  readonly reason: TaskReason
  readonly message: string
  readonly session: TaskSession | undefined
}

export const mainContainer = 'agent'

const summaryOf = (message: string | undefined): RunSummary | undefined =>
  message === undefined ? undefined : parseRunSummary(message)

const sessionOf = (summary: RunSummary | undefined): TaskSession | undefined => {
  if (!summary?.session) return undefined
  const { id, title, ...rest } = summary.session
  return { id, title, summary: rest }
}

export const statusesOf = (pod: Pod): ContainerStatus[] => [
  ...(pod.status?.initContainerStatuses ?? []),
  ...(pod.status?.containerStatuses ?? []),
]

/** Why a Pod that should start does not, in the scheduler's or the kubelet's words. */
export const troubleOf = (pod: Pod): { reason: string; message: string } | undefined => {
  for (const { name, image, state, lastState } of statusesOf(pod)) {
    const { reason, message } = state?.waiting ?? {}
    if (reason === undefined || ordinaryWaits.includes(reason)) continue
    // What it said itself when it ended tells more than for how long the kubelet waits now.
    const told = lastState?.terminated?.message?.trim() || message
    const detail = told === undefined ? '' : `: ${told}`
    return { reason, message: `container ${name} (image ${image}) cannot start: ${reason}${detail}` }
  }
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (scheduled?.status === 'False') {
    const reason = scheduled.reason ?? 'Unschedulable'
    return { reason, message: `the Pod cannot be scheduled: ${reason}: ${scheduled.message ?? 'no node fits'}` }
  }
  return undefined
}

const failureOf = (pod: Pod): Failure => {
  const statuses = statusesOf(pod)
  const main = statuses.find(({ name }) => name === mainContainer)?.state?.terminated
  const summary = summaryOf(main?.message)
  const session = sessionOf(summary)
  const inits = pod.status?.initContainerStatuses ?? []
  const killed = statuses.find(
    (one) => one.state?.terminated?.reason === 'OOMKilled' && (one.name === mainContainer || inits.includes(one)),
  )
  if (killed) {
    const message = `container ${killed.name} used more memory than its limit and was killed; raise podSpec.resources.limits.memory`
    return { reason: 'OOMKilled', message, session }
  }
  // The kubelet's or the node's own verdict, such as Evicted or DeadlineExceeded, comes before any exit code.
  const verdict = pod.status?.reason
  if (verdict !== undefined) {
    const detail = pod.status?.message === undefined ? '' : `: ${pod.status.message}`
    return { reason: 'PodFailed', message: `the Pod was ended by the cluster: ${verdict}${detail}`, session }
  }
  const init = inits.find(({ state }) => (state?.terminated?.exitCode ?? 0) !== 0)
  const ended = init?.state?.terminated
  if (init && ended) {
    const detail = ended.message?.trim() || ended.reason || 'no message'
    return {
      reason: 'PodFailed',
      message: `init container ${init.name} ended with exit code ${ended.exitCode}: ${detail}`,
      session,
    }
  }
  if (summary?.error !== undefined) {
    return { reason: summary.session ? 'AgentRunFailed' : 'SessionLost', message: summary.error, session }
  }
  if (main) {
    const detail = main.message?.trim() || (main.reason === 'Error' ? '' : main.reason)
    const message = `the agent's run ended with exit code ${main.exitCode}${detail ? `: ${detail}` : ''}`
    return { reason: 'AgentRunFailed', message, session }
  }
  return { reason: 'PodFailed', message: 'the Pod failed without saying why', session }
}

/**
 * What `pod` says now; the same Pod always gives the same answer. The main container decides: one that somebody's
 * webhook put beside it may run on, or fail, without saying anything about the work.
 */
export const podOutcome = (pod: Pod): PodOutcome => {
  const phase = pod.status?.phase
  const main = pod.status?.containerStatuses?.find(({ name }) => name === mainContainer)?.state?.terminated
  if (main ? main.exitCode !== 0 : phase === 'Failed') return { state: 'failed', ...failureOf(pod) }
  if (main || phase === 'Succeeded') return { state: 'succeeded', session: sessionOf(summaryOf(main?.message)) }
  if (phase === 'Running') return { state: 'running' }
  const trouble = troubleOf(pod)
  return { state: 'starting', ...(trouble && { trouble }) }
}

export const hasEnded = ({ state }: PodOutcome): boolean => state === 'succeeded' || state === 'failed'

/** How long after its time a deleted Pod may still be listed before its node counts as lost, in seconds. */
export const lostAfterSeconds = 30

/** Whether `pod` may be at work: it has not ended, and its node is not lost. */
export const holdsPlace = (pod: Pod, now: Date): boolean => {
  const { deletionTimestamp } = pod.metadata ?? {}
  const isLost = deletionTimestamp !== undefined && secondsSince(deletionTimestamp, now) >= lostAfterSeconds
  return !isLost && !hasEnded(podOutcome(pod))
}
