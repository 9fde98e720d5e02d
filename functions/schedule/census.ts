import type { Agent } from '../../crds/agent.ts'
import type { AgentTemplate } from '../../crds/agent-template.ts'
import type { Task } from '../../crds/task.ts'
import { conditionOf } from '../../shared/conditions.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import type { Profile } from '../../shared/merge-template.ts'
import { mergeTemplate } from '../../shared/merge-template.ts'
import { isFull, quotaWait } from '../agent/queue.ts'

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
  /** Agents that have given out all they may: their slots (`concurrency`), or the starts of the window at this time (`quota`). */
  readonly atLimit: ReadonlyMap<'concurrency' | 'quota', number>
}

const oneMore = <Label extends string>(counts: Map<Label, number>, label: Label): void => {
  counts.set(label, (counts.get(label) ?? 0) + 1)
}

/**
 * Counts what a sweep reads as it reads it, so that nothing is read for it and a page at a time is enough. Templates come
 * before Agents, which inherit limits from them.
 */
export const createCensus = (now: Date) => {
  const tasks = new Map<string, number>()
  const waiting = new Map<string, number>()
  const agents = new Map<string, number>()
  const templates = new Map<string, Profile>()
  const atLimit = new Map<'concurrency' | 'quota', number>([
    ['concurrency', 0],
    ['quota', 0],
  ])
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
  const keepLimits = ({ metadata, spec: { maxConcurrentTasks, quota } }: AgentTemplate): void => {
    templates.set(`${metadata.namespace}/${metadata.name}`, {
      ...(maxConcurrentTasks !== undefined && { maxConcurrentTasks }),
      ...(quota && { quota }),
    })
  }
  const countAgent = (agent: Agent): void => {
    const { metadata, spec, status } = agent
    oneMore(agents, status?.phase ?? 'Pending')
    slots += status?.activeTasks?.length ?? 0
    const profile = mergeTemplate(spec, templates.get(`${metadata.namespace}/${spec.templateRef?.name}`))
    if (isFull(agent, profile)) oneMore(atLimit, 'concurrency')
    if (quotaWait(agent, profile, now) !== undefined) oneMore(atLimit, 'quota')
  }

  return {
    /** One object that was read. */
    count: (object: KubeObject): void => {
      if (object.kind === 'Task') countTask(object as Task)
      if (object.kind === 'AgentTemplate') keepLimits(object as AgentTemplate)
      if (object.kind === 'Agent') countAgent(object as Agent)
    },
    counted: (): Census => ({ tasks, waiting, waitingSince, agents, slots, atLimit }),
  }
}
