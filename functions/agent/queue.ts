import type { ActiveTask, Agent, AgentStatus, NextTask, TaskStart } from '../../crds/agent.ts'
import { annotations } from '../../crds/names.ts'
import type { Task } from '../../crds/task.ts'
import { conditionOf, secondsSince, timestamp } from '../../shared/conditions.ts'
import type { Hint, Key } from '../../shared/hint.ts'
import { configRef } from '../../shared/kubernetes.ts'
import { isSame } from '../../shared/merge-patch.ts'
import type { Profile } from '../../shared/merge-template.ts'
import { taskConfigMapName } from '../workload/names.ts'

/** A Task as its Agent sees it: what it is to do is no matter of a queue, and there may be thousands. */
export type AgentTask = Omit<Task, 'spec'>

/** An Agent without limits keeps no ledger and its Tasks never ask for a slot. */
export const isLimited = ({ maxConcurrentTasks = 0, quota }: Profile): boolean =>
  maxConcurrentTasks > 0 || quota !== undefined

export const holdsSlot = ({ status }: Agent, uid: string | undefined): boolean =>
  (status?.activeTasks ?? []).some((entry) => entry.uid === uid)

/** Whether all the slots are given that there are. */
export const isFull = ({ status }: Agent, { maxConcurrentTasks = 0 }: Profile): boolean =>
  maxConcurrentTasks > 0 && (status?.activeTasks ?? []).length >= maxConcurrentTasks

/** How soon a Task that has a slot has made its Pod, in seconds; it is told again after that. */
export const startSeconds = 2

/**
 * How long whoever got a slot lets the one before begin first, in seconds: the apiserver may be slow. Without an end to
 * it, one that is beyond help would stop the queue.
 */
const inOrderSeconds = 60
/** Of slots that were given at once so many keep to that. More would begin one after the other for minutes. */
const mostInOrder = 8

/** Whether so many slots were given at once before that at `place` that it keeps to the order for a while only. */
const isByItself = (slots: readonly ActiveTask[], place: number): boolean => {
  const before = slots[place - 1]
  return slots.slice(0, place).filter(({ startTime }) => startTime === before?.startTime).length > mostInOrder
}

/** Whose slot comes before that of `uid`, as long as it is to begin first. */
const slotBefore = (slots: readonly ActiveTask[], uid: string | undefined, now: Date): ActiveTask | undefined => {
  const place = slots.findIndex((entry) => entry.uid === uid)
  const before = slots[place - 1]
  if (!before) return undefined
  const seconds = isByItself(slots, place) ? startSeconds : inOrderSeconds
  return secondsSince(before.startTime, now) <= seconds ? before : undefined
}

/** Whose slot was given out just before that of `uid`, as long as it is to begin first. */
export const predecessorOf = ({ status }: Agent, uid: string | undefined, now: Date): ActiveTask | undefined =>
  slotBefore(status?.activeTasks ?? [], uid, now)

/** Whose slot was given out next, unless it has stopped waiting for that of `uid` and begins by itself. */
export const successorOf = ({ status }: Agent, uid: string | undefined, now: Date): ActiveTask | undefined => {
  const slots = status?.activeTasks ?? []
  const place = slots.findIndex((entry) => entry.uid === uid)
  const next = place < 0 ? undefined : slots[place + 1]
  return next && isByItself(slots, place + 1) && !slotBefore(slots, next.uid, now) ? undefined : next
}

/** Whether a Task still wants to begin. */
export const isWaiting = ({ metadata, status }: AgentTask): boolean =>
  (status?.phase === undefined || status.phase === 'Pending' || status.phase === 'Queued') &&
  metadata.deletionTimestamp === undefined &&
  metadata.annotations?.[annotations.stop] !== 'true'

/** Whether it says why its Pod cannot be made yet. */
export const isHeldUp = ({ status }: AgentTask): boolean =>
  status?.phase === 'Pending' && conditionOf(status.conditions, 'Ready')?.status === 'False'

/** Whether a Pod was ever made for it, as far as it knows itself. */
const hasStarted = ({ status }: AgentTask): boolean => status?.podName !== undefined

/** What an Agent knows of its Tasks when it gives out turns. */
export interface Tasks {
  /** Those that have not ended. */
  readonly unfinished: readonly AgentTask[]
  /** uids of Tasks that have ended or are gone, while their Pod is still there and at work. */
  readonly lingering?: ReadonlySet<string>
}

/** The document that decides who runs: Agent.status.activeTasks and taskStartHistory. */
export interface Ledger {
  readonly activeTasks: readonly ActiveTask[]
  readonly taskStartHistory: readonly TaskStart[]
}

export interface Admission extends Ledger {
  /** Tasks whose turn has just come. */
  readonly admitted: readonly AgentTask[]
  /** Tasks that have had a slot for a while and no Pod, and wait for no other: whoever gave it to them may not have lived to tell them. */
  readonly overdue: readonly AgentTask[]
  /** Who is left, in the order of the turns. */
  readonly waiting: readonly AgentTask[]
  /** When a start leaves the quota window and makes room for who is left; milliseconds since 1970. */
  readonly opensAt?: number
}

/** Of times and uids, which are the same in every language. */
const compared = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

/** The order of the turns: creationTimestamp, then uid. */
export const byAge = (one: AgentTask, other: AgentTask): number => {
  const [a, b] = [one.metadata, other.metadata]
  return compared(a.creationTimestamp ?? '', b.creationTimestamp ?? '') || compared(a.uid ?? '', b.uid ?? '')
}

/** How many are written down of those whose turn comes next. */
const mostNext = 20
/** A Task is stored this long after its creationTimestamp at the latest: what admission may take, and then some. */
const storedWithinSeconds = 10

/**
 * Whose turn comes next, of `waiting` in their order: only those before whom nobody can come any more, as whoever is not
 * seen yet is younger.
 */
const headOf = (waiting: readonly AgentTask[], now: Date): NextTask[] =>
  waiting
    .filter(({ metadata }) => secondsSince(metadata.creationTimestamp, now) > storedWithinSeconds)
    .slice(0, mostNext)
    .map(({ metadata: { name, uid = '' } }) => ({ name, uid }))

/** What many starts have changed is put right in the next such stretch of the clock. */
export const stretchMs = 2_000

/** The stretch of the clock that a time lies in. */
const stretchOf = (time: number): number => Math.floor(time / stretchMs)

/** Whether a turn was given in the same stretch of the clock as `now`, or at most so many before. */
export const hasStarts = ({ status }: Agent, stretches: number, now: Date): boolean =>
  (status?.activeTasks ?? []).some(
    ({ startTime }) => stretchOf(Date.parse(startTime)) >= stretchOf(now.getTime()) - stretches,
  )

/**
 * Who is said to come next, where `head` is seen to. It is of use to whoever gives the next turn soon, and no reason
 * to write where none was given lately; nor is that it could be more of them, before half of them have begun.
 */
const nextOf = (agent: Agent, activeTasks: readonly ActiveTask[], head: NextTask[], now: Date): readonly NextTask[] => {
  const { activeTasks: before = [], nextTasks: said = [] } = agent.status ?? {}
  const isWrong = said.some(({ uid }, index) => head[index]?.uid !== uid)
  const isSpent = said.length < mostNext / 2
  const isStale = (isWrong || isSpent) && hasStarts(agent, 1, now)
  return isStale || !isSame(before, activeTasks) ? head : said
}

/** What an Agent's status says of its queue once all of it has been seen. */
export const queueStatus = (
  agent: Agent,
  profile: Profile,
  { activeTasks, taskStartHistory, waiting }: Admission,
  now: Date,
): Pick<AgentStatus, 'queuedTasks' | 'activeTasks' | 'nextTasks' | 'taskStartHistory'> => {
  if (!isLimited(profile)) return { queuedTasks: waiting.filter((task) => task.status?.phase === 'Queued').length }
  const nextTasks = nextOf(agent, activeTasks, headOf(waiting, now), now)
  return {
    // Who has not said yet that it waits is counted, or the next turn would take the queue for empty.
    queuedTasks: waiting.length,
    activeTasks: [...activeTasks],
    ...(nextTasks.length > 0 && { nextTasks: [...nextTasks] }),
    ...(profile.quota && { taskStartHistory: [...taskStartHistory] }),
  }
}

export const keyOf = ({ metadata: { name, namespace } }: AgentTask): Key => ({
  kind: 'Task',
  name,
  ...(namespace !== undefined && { namespace }),
})

/** Tells a Task of `agent` that its turn has come. */
export const callOf =
  (agent: Agent, now: Date) =>
  ({ name, uid }: { readonly name: string; readonly uid?: string }): Hint => {
    const namespace = agent.metadata.namespace ?? ''
    const before = predecessorOf(agent, uid, now)
    return {
      key: { kind: 'Task', namespace, name },
      ahead: [
        { kind: 'Agent', namespace, name: agent.metadata.name },
        configRef,
        { kind: 'ConfigMap', namespace, name: taskConfigMapName(name) },
        ...(before ? [{ kind: 'Task', namespace, name: before.name } as const] : []),
      ],
    }
  }

/** Who begins now: the first of those whose turn came, as each tells the next once it has begun, and whoever is late. */
export const whoBegins = ({ admitted, overdue }: Admission): readonly AgentTask[] => [
  ...new Set([...admitted.slice(0, 1), ...overdue]),
]

/**
 * The others look after a while, if nobody has told them before: whoever should have may be gone, and beyond those that keep
 * to the order nobody does.
 */
export const laterCalls = ({ admitted }: Admission): readonly Hint[] =>
  admitted.slice(1).map((task) => ({ key: keyOf(task), afterSeconds: startSeconds }))

/** A slot is written down a moment before its Pod is made, and a window of Pods must hold too. */
const marginMs = 500
/** A start that comes this much after its slot is a start of its own time. */
const lateStartMs = 1000

/** Whether a Task begins so long after its slot was given that its start counts from now, which its Agent has to hear. */
export const startsLate = ({ status }: Agent, uid: string | undefined, now: Date): boolean =>
  (status?.taskStartHistory ?? []).some(
    (entry) => entry.uid === uid && now.getTime() - Date.parse(entry.startTime) > lateStartMs,
  )

const leavesAt = ({ startTime }: TaskStart, { windowSeconds }: NonNullable<Profile['quota']>): number =>
  Date.parse(startTime) + windowSeconds * 1000 + marginMs

/** Starts that count at `now`. Who has a slot and has not started counts until it has, however long that takes. */
const startsInWindow = (
  agent: Agent,
  quota: NonNullable<Profile['quota']>,
  unfinished: ReadonlyMap<string, AgentTask>,
  now: Date,
): TaskStart[] =>
  (agent.status?.taskStartHistory ?? []).flatMap((entry) => {
    const task = unfinished.get(entry.uid)
    if (task && !hasStarted(task) && holdsSlot(agent, entry.uid)) return [entry]
    const started = Date.parse(task?.status?.startTime ?? entry.startTime)
    const isLate = started - Date.parse(entry.startTime) > lateStartMs
    const counted = isLate ? { ...entry, startTime: new Date(started + lateStartMs).toISOString() } : entry
    return leavesAt(counted, quota) > now.getTime() ? [counted] : []
  })

/** Turns that were given before there was a quota, and not taken yet: they begin under it. */
const uncountedTurns = ({ status }: Agent, unfinished: ReadonlyMap<string, AgentTask>, now: Date): TaskStart[] => {
  const counted = new Set((status?.taskStartHistory ?? []).map(({ uid }) => uid))
  return (status?.activeTasks ?? []).flatMap(({ name, uid }) => {
    const task = unfinished.get(uid)
    if (!task || hasStarted(task) || counted.has(uid)) return []
    return [{ taskName: name, taskNamespace: task.metadata.namespace ?? '', uid, startTime: now.toISOString() }]
  })
}

/** When enough starts have left the window for one more; undefined where there is room now. */
const quotaOpensAt = (starts: readonly TaskStart[], quota: NonNullable<Profile['quota']>): number | undefined => {
  const surplus = starts.length - quota.maxTaskStarts
  return surplus < 0 ? undefined : starts.map((entry) => leavesAt(entry, quota)).toSorted((a, b) => a - b)[surplus]
}

/** Who has been late to begin for a while; of those that wait for each other the first, who tells the next. */
const overdueOf = (
  tasks: ReadonlyMap<string, AgentTask>,
  slots: readonly ActiveTask[],
  now: Date,
): readonly AgentTask[] => {
  const late = new Map(
    slots
      .filter(({ startTime }) => secondsSince(startTime, now) >= startSeconds)
      .flatMap(({ uid }) => {
        const task = tasks.get(uid)
        return task && isWaiting(task) && !hasStarted(task) ? [[uid, task] as const] : []
      }),
  )
  return [...late.values()].filter(({ metadata }) => {
    const before = late.get(slotBefore(slots, metadata.uid, now)?.uid ?? '')
    return !before || isHeldUp(before)
  })
}

const nobody: ReadonlySet<string> = new Set()

/**
 * Releases the slots of Tasks that have ended or are gone, once their Pods are, and gives free ones to those that wait
 * longest. A slot is never taken back: whoever read of it may make the Pod at any later time.
 */
export const admit = (
  agent: Agent,
  profile: Profile,
  { unfinished, lingering = nobody }: Tasks,
  isOpen: boolean,
  now: Date,
): Admission => {
  const { maxConcurrentTasks = 0, quota } = profile
  if (!isLimited(profile)) {
    const waiting = unfinished.filter((task) => isWaiting(task) && !hasStarted(task)).toSorted(byAge)
    return { activeTasks: [], taskStartHistory: [], admitted: [], overdue: [], waiting }
  }
  const tasks = new Map(unfinished.map((task) => [task.metadata.uid ?? '', task]))
  const known = (agent.status?.activeTasks ?? []).filter(({ uid }) => tasks.has(uid) || lingering.has(uid))
  const startTime = timestamp(now)
  // Tasks that began before there were limits hold slots too.
  const adopted = unfinished.flatMap((task) => {
    const { name, uid = '' } = task.metadata
    return hasStarted(task) && !known.some((entry) => entry.uid === uid)
      ? [{ name, uid, startTime: task.status?.startTime ?? startTime }]
      : []
  })
  const active = [...known, ...adopted]
  const history = quota ? [...startsInWindow(agent, quota, tasks, now), ...uncountedTurns(agent, tasks, now)] : []
  const held = new Set(active.map(({ uid }) => uid))
  const queue = unfinished.filter((task) => isWaiting(task) && !held.has(task.metadata.uid ?? '')).toSorted(byAge)

  const slots = maxConcurrentTasks > 0 ? maxConcurrentTasks - active.length : queue.length
  const starts = quota ? quota.maxTaskStarts - history.length : queue.length
  const turns = isOpen ? Math.max(0, Math.min(slots, starts)) : 0
  const [admitted, waiting] = [queue.slice(0, turns), queue.slice(turns)]
  const entries = admitted.map(({ metadata: { name, namespace = '', uid = '' } }) => ({ name, namespace, uid }))
  const begun = entries.map(({ name, namespace, uid }) => ({
    taskName: name,
    taskNamespace: namespace,
    uid,
    startTime: now.toISOString(),
  }))
  // Starts that have left the window alone are no reason to write: the next start drops them.
  const stored = agent.status?.taskStartHistory ?? []
  const isNews = begun.length > 0 || history.some((entry) => !stored.includes(entry))
  const counted = isNews ? [...history, ...begun] : stored
  const taskStartHistory = quota ? counted : []
  const isHeldByQuota = isOpen && waiting.length > 0 && slots > admitted.length
  const opensAt = quota && isHeldByQuota ? quotaOpensAt([...history, ...begun], quota) : undefined
  return {
    activeTasks: [...active, ...entries.map(({ name, uid }) => ({ name, uid, startTime }))],
    taskStartHistory,
    admitted,
    overdue: overdueOf(tasks, active, now),
    waiting,
    ...(opensAt !== undefined && { opensAt }),
  }
}

/** When a Task that waits may start because of its quota alone; undefined where the quota has room. */
export const quotaWait = (agent: Agent, { quota }: Profile, now: Date): number | undefined => {
  if (!quota) return undefined
  const starts = agent.status?.taskStartHistory ?? []
  return quotaOpensAt(
    starts.filter((entry) => leavesAt(entry, quota) > now.getTime()),
    quota,
  )
}

/** Names of Tasks at work: those that have a Pod, and those whose slot of `slots` (uids) lets them have one. */
export const activeNames = (tasks: readonly AgentTask[], slots: readonly string[]): readonly string[] =>
  tasks
    .filter(({ metadata, status }) => status?.podName !== undefined || slots.includes(metadata.uid ?? ''))
    .map(({ metadata }) => metadata.name)
    .toSorted()

/** How long active Tasks may hold a restart of their Agent's server back, in seconds. */
export const longestWaitSeconds = 3600
