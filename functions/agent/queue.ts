import type { ActiveTask, Agent, TaskStart } from '../../crds/agent.ts'
import { annotations } from '../../crds/names.ts'
import type { Task } from '../../crds/task.ts'
import { secondsSince, timestamp } from '../../shared/conditions.ts'
import type { Profile } from '../../shared/merge-template.ts'

/** An Agent without limits keeps no ledger and its Tasks never ask for a slot. */
export const isLimited = ({ maxConcurrentTasks = 0, quota }: Profile): boolean =>
  maxConcurrentTasks > 0 || quota !== undefined

export const holdsSlot = ({ status }: Agent, uid: string | undefined): boolean =>
  (status?.activeTasks ?? []).some((entry) => entry.uid === uid)

/** The document that decides who runs: Agent.status.activeTasks and taskStartHistory. */
export interface Ledger {
  readonly activeTasks: readonly ActiveTask[]
  readonly taskStartHistory: readonly TaskStart[]
}

export interface Admission extends Ledger {
  /** Tasks whose turn has just come. */
  readonly admitted: readonly Task[]
  /** When a start leaves the quota window and makes room for a waiting Task. */
  readonly againSeconds?: number
}

const byAge = (one: Task, other: Task): number => {
  const [a, b] = [one.metadata, other.metadata]
  const order = (a.creationTimestamp ?? '').localeCompare(b.creationTimestamp ?? '')
  return order === 0 ? (a.uid ?? '').localeCompare(b.uid ?? '') : order
}

const isWaiting = ({ metadata, status }: Task): boolean =>
  (status?.phase === undefined || status.phase === 'Pending' || status.phase === 'Queued') &&
  metadata.deletionTimestamp === undefined &&
  metadata.annotations?.[annotations.stop] !== 'true'

const startsInWindow = (
  starts: readonly TaskStart[] = [],
  { windowSeconds }: NonNullable<Profile['quota']>,
  now: Date,
): TaskStart[] => starts.filter(({ startTime }) => secondsSince(startTime, now) < windowSeconds)

/**
 * Releases the slots of Tasks that are finished or gone and gives free ones to those that wait longest
 * (creationTimestamp, then uid). `unfinished` are the Agent's Tasks that have not ended.
 */
export const admit = (
  agent: Agent,
  profile: Profile,
  unfinished: readonly Task[],
  isOpen: boolean,
  now: Date,
): Admission => {
  const { maxConcurrentTasks = 0, quota } = profile
  const uids = new Set(unfinished.map(({ metadata }) => metadata.uid))
  const known = (agent.status?.activeTasks ?? []).filter(({ uid }) => uids.has(uid))
  const startTime = timestamp(now)
  // Tasks that began before there were limits hold slots too.
  const adopted = unfinished.flatMap(({ metadata: { name, uid = '' }, status }) =>
    isLimited(profile) && status?.podName !== undefined && !known.some((entry) => entry.uid === uid)
      ? [{ name, uid, startTime: status.startTime ?? startTime }]
      : [],
  )
  const activeTasks = [...known, ...adopted]
  const window = quota?.windowSeconds ?? 0
  const history = quota ? startsInWindow(agent.status?.taskStartHistory, quota, now) : []
  const held = new Set(activeTasks.map(({ uid }) => uid))
  const waiting = unfinished.filter((task) => isWaiting(task) && !held.has(task.metadata.uid ?? '')).toSorted(byAge)

  const slots = maxConcurrentTasks > 0 ? maxConcurrentTasks - activeTasks.length : waiting.length
  const starts = quota ? quota.maxTaskStarts - history.length : waiting.length
  const admitted = isOpen ? waiting.slice(0, Math.max(0, Math.min(slots, starts))) : []
  const entries = admitted.map(({ metadata: { name, namespace = '', uid = '' } }) => ({ name, namespace, uid }))
  const isLeftForQuota = admitted.length < waiting.length && starts <= admitted.length
  const oldest = history.map((entry) => window - secondsSince(entry.startTime, now)).toSorted((a, b) => a - b)[0]
  return {
    activeTasks: [...activeTasks, ...entries.map(({ name, uid }) => ({ name, uid, startTime }))],
    taskStartHistory: [
      ...history,
      ...(quota
        ? entries.map(({ name, namespace, uid }) => ({ taskName: name, taskNamespace: namespace, uid, startTime }))
        : []),
    ],
    admitted,
    ...(isLeftForQuota && { againSeconds: oldest ?? window }),
  }
}

/** Why no Task gets a slot now, in the words of its Queued condition; undefined where there is room. */
export const whyWaiting = (
  { metadata, status }: Agent,
  { maxConcurrentTasks = 0, quota }: Profile,
  now: Date,
): { readonly reason: 'AgentAtCapacity' | 'QuotaExceeded'; readonly message: string } | undefined => {
  const active = status?.activeTasks?.length ?? 0
  if (maxConcurrentTasks > 0 && active >= maxConcurrentTasks)
    return {
      reason: 'AgentAtCapacity',
      message: `Agent ${metadata.name} runs ${active} of ${maxConcurrentTasks} Tasks; waiting for a slot`,
    }
  if (quota && startsInWindow(status?.taskStartHistory, quota, now).length >= quota.maxTaskStarts)
    return {
      reason: 'QuotaExceeded',
      message: `Agent ${metadata.name} has started ${quota.maxTaskStarts} Tasks within ${quota.windowSeconds} s, as many as its quota allows; waiting for the window to open`,
    }
  return undefined
}
