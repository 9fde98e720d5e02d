import type { Pod } from 'kubernetes-types/core/v1'
import type { Agent } from '../../../crds/agent.ts'
import type { Task } from '../../../crds/task.ts'
import type { Change } from '../apiserver/store.ts'
import type { Look } from '../scenario.ts'
import type { Invariant } from './invariant.ts'

export const isTerminal = (task: Task | undefined): boolean =>
  task?.status?.phase === 'Completed' || task?.status?.phase === 'Failed'

/** uid of the Task that controls a Pod. */
export const taskUidOf = (pod: Pod): string | undefined =>
  pod.metadata?.ownerReferences?.find(({ kind, controller }) => kind === 'Task' && controller)?.uid

export const isLive = ({ status }: Pod): boolean => status?.phase !== 'Succeeded' && status?.phase !== 'Failed'

const livePods = (look: Look): Pod[] => look.all('Pod').filter((pod) => taskUidOf(pod) !== undefined && isLive(pod))

const madePod = ({ ref, before, after }: Change): Pod | undefined =>
  ref.kind === 'Pod' && !before && after ? (after as Pod) : undefined

export const onePodPerTask: Invariant = {
  id: 'I1',
  promise: 'at most one Pod ever exists per Task uid over its whole life',
  watch: (_look, report) => {
    const pods = new Map<string, string>()
    return {
      see: (change) => {
        const pod = madePod(change)
        const uid = pod && taskUidOf(pod)
        if (uid === undefined) return
        if (pods.has(uid)) report(`a second Pod was made for Task uid ${uid}`, change.ref)
        pods.set(uid, pod?.metadata?.uid ?? '')
      },
    }
  },
}

/** What was read before a limit was set may be acted on for so long: who makes a Pod has read its Agent a moment earlier. */
const freshMs = 10_000

const limitOf = (agent: unknown): number => (agent as Agent | undefined)?.spec.maxConcurrentTasks ?? 0

export const withinLimits: Invariant = {
  id: 'I2',
  promise:
    'live Pods per Agent stay within maxConcurrentTasks, a turn is never taken back, and a Task with a live Pod is never Queued',
  watch: (look, report) => {
    const tasks = new Map<string | undefined, Task>()
    const taskOf = (pod: Pod) => tasks.get(taskUidOf(pod))
    const isUnfinished = (uid: string) => tasks.has(uid) && !isTerminal(tasks.get(uid))
    const limitSetAt = new Map<string, number>()
    return {
      see: (change) => {
        if (change.ref.kind === 'Task') {
          tasks.delete(change.before?.metadata?.uid)
          if (change.after) tasks.set(change.after.metadata?.uid, change.after as unknown as Task)
        }
        if (change.ref.kind === 'Agent' && change.before && limitOf(change.before) !== limitOf(change.after))
          limitSetAt.set(change.ref.name, change.at)
        if (change.ref.kind === 'Agent') {
          const [was, is] = [change.before, change.after].map((one) => (one as Agent | undefined)?.status?.activeTasks)
          for (const { uid, name } of (is && was) ?? [])
            if (!is?.some((entry) => entry.uid === uid) && isUnfinished(uid))
              report(`takes back the turn of ${name}`, change.ref)
        }
        const pod = madePod(change)
        const agentName = pod && taskOf(pod)?.spec.agentRef?.name
        if (agentName !== undefined) {
          const limit = limitOf(look.read('Agent', agentName))
          const isOld = change.at - (limitSetAt.get(agentName) ?? -Infinity) > freshMs
          const live = livePods(look).filter((other) => taskOf(other)?.spec.agentRef?.name === agentName).length
          if (limit > 0 && live > limit && isOld)
            report(`Agent ${agentName} has ${live} live Pods, its limit is ${limit}`, change.ref)
        }
        const task = change.ref.kind === 'Task' ? (change.after as Task | undefined) : undefined
        const wasQueued = (change.before as Task | undefined)?.status?.phase === 'Queued'
        if (task?.status?.phase !== 'Queued' || wasQueued) return
        if (livePods(look).some((one) => taskUidOf(one) === task.metadata.uid))
          report('became Queued while its Pod is alive', change.ref)
      },
      end: () => {
        for (const pod of livePods(look)) {
          const task = taskOf(pod)
          if (task?.status?.phase === 'Queued')
            report('is Queued though its Pod is alive', {
              kind: 'Task',
              namespace: 'default',
              name: task.metadata.name,
            })
        }
      },
    }
  },
}

export const noneWithoutPod: Invariant = {
  id: 'I6',
  promise: 'a Task whose Pod is gone reaches a terminal phase, and no Pod outlives the end of its Task',
  watch: (look, report) => ({
    end: () => {
      for (const task of look.all('Task')) {
        const { name, uid, namespace = '' } = task.metadata
        const pod = look.all('Pod').find((one) => taskUidOf(one) === uid)
        if (task.status?.phase === 'Running' && !pod)
          report('is Running without a Pod', { kind: 'Task', namespace, name })
        if (isTerminal(task) && pod && isLive(pod))
          report(`is ${task.status?.phase} and its Pod runs on`, { kind: 'Task', namespace, name })
      }
    },
  }),
}
