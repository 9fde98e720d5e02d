import type { Agent } from '../../crds/agent.ts'
import type { Task } from '../../crds/task.ts'
import { conditionOf } from '../../shared/conditions.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'

/** What one sweep saw, in numbers: all namespaces together, and no name. */
export interface Census {
  /** Tasks that have not ended, by phase. */
  readonly tasks: ReadonlyMap<string, number>
  /** Those that wait, by the reason of their condition Queued. */
  readonly waiting: ReadonlyMap<string, number>
  /** When the one that waits longest began to, in milliseconds since 1970; undefined where none waits. */
  readonly waitingSince: number | undefined
  readonly agents: ReadonlyMap<string, number>
  /** Turns that Agents with limits have given out. */
  readonly slots: number
}

const oneMore = (counts: Map<string, number>, label: string): void => {
  counts.set(label, (counts.get(label) ?? 0) + 1)
}

/** Counts what a sweep reads as it reads it, so that nothing is read for it and a page at a time is enough. */
export const createCensus = () => {
  const tasks = new Map<string, number>()
  const waiting = new Map<string, number>()
  const agents = new Map<string, number>()
  let waitingSince: number | undefined
  let slots = 0

  const countTask = ({ status }: Task): void => {
    oneMore(tasks, status?.phase ?? 'Pending')
    const queued = conditionOf(status?.conditions, 'Queued')
    if (status?.phase !== 'Queued' || queued?.status !== 'True') return
    oneMore(waiting, queued.reason)
    const since = Date.parse(status.queue?.since ?? queued.lastTransitionTime)
    waitingSince = Math.min(waitingSince ?? since, since)
  }
  const countAgent = ({ status }: Agent): void => {
    oneMore(agents, status?.phase ?? 'Pending')
    slots += status?.activeTasks?.length ?? 0
  }

  return {
    /** One object that was read. */
    count: (object: KubeObject): void => {
      if (object.kind === 'Task') countTask(object as Task)
      if (object.kind === 'Agent') countAgent(object as Agent)
    },
    counted: (): Census => ({ tasks, waiting, waitingSince, agents, slots }),
  }
}
