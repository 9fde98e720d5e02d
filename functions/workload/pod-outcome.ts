import type { ContainerStatus, Pod } from 'kubernetes-types/core/v1'
import type { RunSummary } from '../pod/run/summary.ts'
import { parseRunSummary } from '../pod/run/summary.ts'
import type { TaskReason } from '../../crds/reasons.ts'
import type { TaskSession } from '../../crds/task.ts'
import { secondsSince } from '../../shared/conditions.ts'
import { ordinaryWaits } from '../../shared/kubernetes.ts'
import { oneLine } from '../../shared/one-line.ts'

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

/** Of the container that does the work. */
export const mainStatusOf = (pod: Pod): ContainerStatus | undefined =>
  pod.status?.containerStatuses?.find(({ name }) => name === mainContainer)

const outOfMemory = 'used more memory than its limit and was killed; raise podSpec.resources.limits.memory'

/** What was said of a container that used more memory than it may; undefined where it did not. */
export const memoryFault = ({ name, lastState }: ContainerStatus): string | undefined =>
  lastState?.terminated?.reason === 'OOMKilled' ? `container ${name} ${outOfMemory}` : undefined

/** A kubelet that waits for its next pull repeats how the last one ended: what is said does not go to and fro with it. */
const pullsAgain = /^Back-off pulling image "[^"]*": (?=\w+: )/

const mostShown = 1000

/** The end of a log as part of a sentence, without its colours and no longer than is read. */
const plain = (log: string): string => {
  const text = oneLine(log.replace(/\u001b\[[\d;]*m/g, ''))
  return text.length > mostShown ? `…${oneLine(text.slice(-mostShown))}` : text
}

/** What git, the kernel and OpenCode's database say where nothing more fits. */
const nothingFits = /No space left on device|ENOSPC|database or disk is full|PRAGMA wal_checkpoint/i

const withVolumeRemedy = (told: string): string =>
  nothingFits.test(told) && !told.includes('volume is full')
    ? `${told}; a volume of it may be full: make its claim larger, or delete what is not needed there`
    : told

/** The kubelet's words, or what the container said itself when it ended: that tells more than for how long is waited now. */
const waitsFor = (one: ContainerStatus, reason: string, message: string | undefined): string => {
  if (message !== undefined && pullsAgain.test(message)) return message.replace(pullsAgain, '')
  const told = memoryFault(one) ?? (plain(one.lastState?.terminated?.message ?? '') || message)
  return told === undefined ? reason : `${reason}: ${withVolumeRemedy(told)}`
}

/**
 * An init container that has failed and is begun again. The kubelet calls it ended at first and waiting later: what is said
 * does not go to and fro with it.
 */
const failedInit = (pod: Pod, { state, ...one }: ContainerStatus): ContainerStatus | undefined => {
  const ended = state?.terminated
  const isInit = pod.status?.initContainerStatuses?.some(({ name }) => name === one.name) ?? false
  if (!isInit || !ended || ended.exitCode === 0 || pod.spec?.restartPolicy === 'Never') return undefined
  return { ...one, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: ended } }
}

/** Why a Pod that should start does not, in the scheduler's or the kubelet's words. */
export const troubleOf = (pod: Pod): { reason: string; message: string } | undefined => {
  for (const status of statusesOf(pod)) {
    const one = failedInit(pod, status) ?? status
    const { name, image, state } = one
    const { reason, message } = state?.waiting ?? {}
    if (reason === undefined || ordinaryWaits.includes(reason)) continue
    return { reason, message: `container ${name} (image ${image}) cannot start: ${waitsFor(one, reason, message)}` }
  }
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (scheduled?.status === 'False') {
    const reason = scheduled.reason ?? 'Unschedulable'
    return { reason, message: `the Pod cannot be scheduled: ${reason}: ${scheduled.message ?? 'no node fits'}` }
  }
  return undefined
}

/** Why the cluster has ended `pod`, or ends it: evicted, drained, its node lost; undefined where it was not the cluster. */
export const endedByCluster = ({ status = {} }: Pod): string | undefined => {
  const disrupted = status.conditions?.find(({ type, status: is }) => type === 'DisruptionTarget' && is === 'True')
  // The kubelet's or the node's own verdict, such as Evicted or DeadlineExceeded, comes first.
  const { reason, message } = status.reason === undefined ? (disrupted ?? {}) : status
  return reason === undefined ? undefined : `${reason}${message === undefined ? '' : `: ${message.trim()}`}`
}

/** What a container that says nothing itself has often ended of, by its exit code. */
const outsideWords: Readonly<Record<number, string>> = {
  137: 'it was killed from outside, by SIGKILL',
  255: 'a container runtime says so of a container that it has lost',
}

const failureOf = (pod: Pod): Failure => {
  const statuses = statusesOf(pod)
  const main = mainStatusOf(pod)?.state?.terminated
  const summary = summaryOf(main?.message)
  const session = sessionOf(summary)
  const inits = pod.status?.initContainerStatuses ?? []
  const killed = statuses.find(
    (one) => one.state?.terminated?.reason === 'OOMKilled' && (one.name === mainContainer || inits.includes(one)),
  )
  if (killed) {
    const message = `container ${killed.name} ${outOfMemory}`
    return { reason: 'OOMKilled', message, session }
  }
  // A verdict comes before any exit code.
  if (pod.status?.reason !== undefined)
    return { reason: 'PodFailed', message: `the Pod was ended by the cluster: ${endedByCluster(pod)}`, session }
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
    const said = detail || outsideWords[main.exitCode]
    const message = `the agent's run ended with exit code ${main.exitCode}${said ? `: ${said}` : ''}`
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
  const main = mainStatusOf(pod)?.state?.terminated
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
