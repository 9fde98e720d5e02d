import type { Pod } from 'kubernetes-types/core/v1'
import type { Agent } from '../../crds/agent.ts'
import type { CronTask } from '../../crds/cron-task.ts'
import type { Task } from '../../crds/task.ts'
import { labels } from '../../crds/names.ts'
import type { Change } from './follow.ts'

const ownerOf = (object: Change['object'], kind: string): string | undefined =>
  object.metadata?.ownerReferences?.find((owner) => owner.kind === kind && owner.controller)?.uid

const isLive = ({ status }: Pod): boolean => status?.phase !== 'Succeeded' && status?.phase !== 'Failed'

const isTerminal = ({ status }: Task): boolean => status?.phase === 'Completed' || status?.phase === 'Failed'

const isAhead = (one: Task, other: Task): boolean => {
  const [a, b] = [one.metadata.creationTimestamp ?? '', other.metadata.creationTimestamp ?? '']
  return a === b ? (one.metadata.uid ?? '') < (other.metadata.uid ?? '') : a < b
}

/** Two watches are not in step: a Task that was seen this much before a turn was there when it was given. */
const newsMs = 3_000

/** What must hold, as in test/simulation/invariants, from what the apiserver tells of each collection in its order. */
export const createEyes = (limits: Readonly<Record<string, number>>) => {
  const violations: string[] = []
  const tasks = new Map<string, Task>()
  const pods = new Map<string, Pod>()
  const cronTasks = new Map<string, CronTask>()
  /** uids of Pods that ever were, by the uid of their Task. */
  const made = new Map<string, Set<string>>()
  const children = new Map<string, Set<string>>()
  const ledgers = new Map<string, Agent>()
  const claimed = new Set<string>()
  const seenAt = new Map<string, number>()
  let changes = 0

  const alive = (agent: string): number =>
    [...pods.values()].filter((pod) => pod.metadata?.labels?.[labels.servedBy] === agent && isLive(pod)).length

  const seeTask = ({ type, object }: Change): void => {
    const task = object as Task
    const { uid = '', name } = task.metadata
    const before = tasks.get(uid)
    if (type === 'DELETED') violations.push(`Task ${name} is gone, and nobody has deleted it`)
    if (before && isTerminal(before)) {
      if (before.status?.phase !== task.status?.phase)
        violations.push(`I7: Task ${name} went from ${before.status?.phase} to ${task.status?.phase}`)
      if (before.status?.completionTime !== task.status?.completionTime)
        violations.push(`I7: Task ${name} changed its completionTime`)
    }
    if (!before) seenAt.set(uid, performance.now())
    tasks.set(uid, task)
    const cron = ownerOf(object, 'CronTask')
    if (type === 'ADDED' && cron !== undefined) children.set(cron, (children.get(cron) ?? new Set()).add(name))
  }

  const seePod = ({ type, object }: Change): void => {
    const pod = object as Pod
    const task = ownerOf(object, 'Task')
    if (task === undefined) return
    const { uid = '', name = '' } = pod.metadata ?? {}
    const all = (made.get(task) ?? new Set()).add(uid)
    made.set(task, all)
    if (type === 'ADDED' && all.size > 1) violations.push(`I1: ${name} is Pod ${all.size} of one Task`)
    if (type === 'DELETED') pods.delete(uid)
    else pods.set(uid, pod)
    const agent = pod.metadata?.labels?.[labels.servedBy] ?? ''
    const limit = limits[agent] ?? 0
    if (type === 'ADDED' && limit > 0 && alive(agent) > limit)
      violations.push(`I2: Agent ${agent} has ${alive(agent)} live Pods, its limit is ${limit}`)
  }

  const seeAgent = ({ object }: Change): void => {
    const agent = object as Agent
    const before = new Set((ledgers.get(agent.metadata.name)?.status?.activeTasks ?? []).map(({ uid }) => uid))
    const now = agent.status?.activeTasks ?? []
    for (const { uid, name } of now) {
      if (before.has(uid)) continue
      if (claimed.has(uid)) violations.push(`I3: Task ${name} was given a second turn`)
      claimed.add(uid)
    }
    const begun = now.filter(({ uid }) => !before.has(uid)).flatMap(({ uid }) => tasks.get(uid) ?? [])
    for (const task of begun) {
      const passed = [...tasks.values()].find(
        (other) =>
          other.spec.agentRef?.name === agent.metadata.name &&
          !claimed.has(other.metadata.uid ?? '') &&
          !isTerminal(other) &&
          isAhead(other, task) &&
          (seenAt.get(other.metadata.uid ?? '') ?? Infinity) < performance.now() - newsMs,
      )
      if (passed) violations.push(`I4: Task ${task.metadata.name} had its turn before ${passed.metadata.name}`)
    }
    ledgers.set(agent.metadata.name, agent)
  }

  const counted =
    (see: (change: Change) => void) =>
    (change: Change): void => {
      changes += 1
      see(change)
    }

  return {
    violations,
    task: counted(seeTask),
    pod: counted(seePod),
    agent: counted(seeAgent),
    cronTask: counted(({ type, object }) => {
      if (type !== 'DELETED') cronTasks.set(object.metadata?.uid ?? '', object as CronTask)
    }),
    /** How much has been seen; it stands still in a settled world. */
    changes: () => changes,
    tasks: () => [...tasks.values()],
    isAtRest: () => [...tasks.values()].every(isTerminal),
    /** What must hold at the end. */
    conclude: (): void => {
      for (const task of tasks.values()) {
        const { name, uid = '' } = task.metadata
        const pod = [...pods.values()].find((one) => ownerOf(one, 'Task') === uid)
        if (task.status?.phase === 'Running' && !pod) violations.push(`I6: Task ${name} is Running without a Pod`)
        if (isTerminal(task) && pod && isLive(pod)) violations.push(`I6: the Pod of Task ${name} outlives its end`)
        if (!made.has(uid)) violations.push(`I8: Task ${name} never had a Pod`)
        if (task.status?.phase === 'Failed') violations.push(`I8: Task ${name} has failed`)
      }
      for (const agent of ledgers.values())
        if ((agent.status?.activeTasks ?? []).length > 0 || (agent.status?.queuedTasks ?? 0) > 0)
          violations.push(`I8: Agent ${agent.metadata.name} counts Tasks, and all have ended`)
      for (const [uid, { metadata, status }] of cronTasks) {
        const count = children.get(uid)?.size ?? 0
        if (status?.totalExecutions !== count)
          violations.push(`I5: CronTask ${metadata.name} has made ${count} Tasks and counts ${status?.totalExecutions}`)
      }
    },
  }
}
