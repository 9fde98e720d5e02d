import type { Agent, TaskStart } from '../../../crds/agent.ts'
import { annotations } from '../../../crds/names.ts'
import type { Task } from '../../../crds/task.ts'
import type { Pod } from 'kubernetes-types/core/v1'
import { taskPodName } from '../../../functions/workload/names.ts'
import { conditionOf } from '../../../shared/conditions.ts'
import type { Invariant } from './invariant.ts'
import { isTerminal, taskUidOf } from './pods.ts'

export const withinQuota: Invariant = {
  id: 'I3',
  promise: 'starts in any quota window stay within maxTaskStarts, each start counted once',
  watch: (look, report) => {
    /** By the uid of the Agent: one that is made again under its name begins anew. */
    const byAgent = new Map<string, Map<string, TaskStart>>()
    const startsOf = ({ metadata: { uid = '' } }: Agent): Map<string, TaskStart> => {
      const known = byAgent.get(uid) ?? new Map<string, TaskStart>()
      byAgent.set(uid, known)
      return known
    }
    return {
      see: ({ ref, before, after }) => {
        if (ref.kind === 'Agent' && after) {
          const agent = after as unknown as Agent
          const { quota } = agent.spec
          const starts = startsOf(agent)
          // Without a quota nobody counts, and a new one begins anew.
          if (!quota) starts.clear()
          const history = agent.status?.taskStartHistory ?? []
          for (const start of (before as unknown as Agent | undefined)?.status?.taskStartHistory ?? []) {
            const isCounted = quota && Date.parse(start.startTime) + quota.windowSeconds * 1000 > look.latestWall()
            if (isCounted && !history.some(({ uid }) => uid === start.uid))
              report(`the start of ${start.taskName} is forgotten before its window is over`, ref)
          }
          for (const [index, start] of history.entries()) {
            if (history.findIndex(({ uid }) => uid === start.uid) < index)
              report(`the start of ${start.taskName} is counted twice`, ref)
            const known = starts.get(start.uid)
            starts.set(start.uid, start)
            // One whose Pod came late counts from when it really began, so it may leave the window later, never sooner.
            if (known && Date.parse(start.startTime) < Date.parse(known.startTime))
              report(`the start of ${start.taskName} is moved back`, ref)
            if (known) continue
            const at = Date.parse(start.startTime)
            const inWindow = [...starts.values()].filter(
              ({ startTime }) => Math.abs(at - Date.parse(startTime)) < (quota?.windowSeconds ?? 0) * 1000,
            ).length
            // A quota does not take back turns that were given before it was there.
            const isNewQuota = (before as unknown as Agent | undefined)?.status?.taskStartHistory === undefined
            if (quota && !isNewQuota && inWindow > quota.maxTaskStarts)
              report(`${inWindow} starts within ${quota.windowSeconds} s, ${quota.maxTaskStarts} are allowed`, ref)
          }
        }
        if (ref.kind !== 'Pod' || before || !after) return
        const uid = taskUidOf(after as Pod)
        const task = look.all('Task').find(({ metadata }) => metadata.uid === uid)
        const agent = task?.spec.agentRef && look.read('Agent', task.spec.agentRef.name)
        if (agent?.spec.quota && !startsOf(agent).has(uid ?? ''))
          report('a Pod was made for a start that nobody counted', ref)
      },
    }
  },
}

/** Whether nothing has come of a Task yet, and nobody has called it off. */
const wantsToBegin = (task: Task): boolean =>
  !isTerminal(task) &&
  task.status?.podName === undefined &&
  task.metadata.deletionTimestamp === undefined &&
  task.metadata.annotations?.[annotations.stop] !== 'true'

/** Says itself why it cannot begin now. */
const isHeldUp = ({ status }: Task): boolean =>
  status?.phase === 'Pending' && conditionOf(status.conditions, 'Ready')?.status === 'False'

const isAhead = (one: Task, other: Task): boolean => {
  const [a, b] = [one.metadata.creationTimestamp ?? '', other.metadata.creationTimestamp ?? '']
  return a === b ? (one.metadata.uid ?? '') < (other.metadata.uid ?? '') : a < b
}

export const inOrder: Invariant = {
  id: 'I4',
  promise: 'within one Agent, starts happen in the order of creationTimestamp, then uid',
  watch: (look, report) => {
    const made = new Map<string, number>()
    return {
      see: ({ ref, index, before, after }) => {
        if (ref.kind === 'Task' && !before) made.set(after?.metadata?.uid ?? '', index)
        if (ref.kind !== 'Agent' || !after) return
        const held = (agent: unknown) =>
          new Set(((agent as Agent | undefined)?.status?.activeTasks ?? []).map(({ uid }) => uid))
        const [was, is] = [held(before), held(after)]
        const tasks = look.all('Task').filter(({ spec }) => spec.agentRef?.name === ref.name)
        for (const task of tasks) {
          const uid = task.metadata.uid ?? ''
          if (!is.has(uid) || was.has(uid) || task.status?.podName !== undefined) continue
          const passed = tasks.find(
            (other) =>
              isAhead(other, task) &&
              !is.has(other.metadata.uid ?? '') &&
              wantsToBegin(other) &&
              // One that came later may not have been seen by who decided, whatever its second or its uid says.
              (made.get(other.metadata.uid ?? '') ?? 0) < (made.get(uid) ?? 0),
          )
          if (passed) report(`${task.metadata.name} got a slot before ${passed.metadata.name}`, ref)
        }
      },
    }
  },
}

/** Where more turns are given at once, those behind do not wait for all before them. */
const mostAtOnce = 9

/**
 * Nobody waits for ever for the one before: where something is lost, or an answer takes seconds, a minute is over and the
 * next may begin first.
 */
export const begunInOrder: Invariant = {
  id: 'I4',
  promise:
    'within an Agent with few slots, Pods are made in the order in which these were given, on a slow apiserver too',
  judges: ['none', 'slow'],
  watch: (look, report) => ({
    see: ({ ref, before, after }) => {
      if (ref.kind !== 'Pod' || before || !after) return
      const tasks = look.all('Task')
      const task = tasks.find(({ metadata }) => metadata.uid === taskUidOf(after as Pod))
      const agent = task?.spec.agentRef && look.read('Agent', task.spec.agentRef.name)
      const { maxConcurrentTasks = 0 } = agent?.spec ?? {}
      if (maxConcurrentTasks > mostAtOnce) return
      const slots = (agent?.status?.activeTasks ?? []).map(({ uid }) => uid)
      const passed = slots
        .slice(0, Math.max(0, slots.indexOf(task?.metadata.uid ?? '')))
        .flatMap((uid) => tasks.find(({ metadata }) => metadata.uid === uid) ?? [])
        .filter((other) => wantsToBegin(other) && !isHeldUp(other))
        .find((other) => look.read('Pod', taskPodName(other.metadata.name)) === undefined)
      if (passed) report(`the Pod of ${task?.metadata.name} was made before that of ${passed.metadata.name}`, ref)
    },
  }),
}
