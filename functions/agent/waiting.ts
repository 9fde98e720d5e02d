import type { Agent } from '../../crds/agent.ts'
import type { TaskReason } from '../../crds/reasons.ts'
import type { TaskStatus } from '../../crds/task.ts'
import type { ConditionUpdate } from '../../shared/conditions.ts'
import { conditionOf, timestamp } from '../../shared/conditions.ts'
import type { Profile } from '../../shared/merge-template.ts'
import type { AgentTask } from './queue.ts'
import { holdsSlot, isFull, isLimited, quotaWait } from './queue.ts'
import { isInStandby, resumes } from './standby.ts'

/** Why a Task cannot begin, and what would let it. */
export interface Wait {
  readonly reason: TaskReason
  readonly message: string
}

const suspension = (agent: Agent, task: AgentTask): string => {
  const { name } = agent.metadata
  if (isInStandby(agent)) return `Agent ${name} is in standby and is being resumed`
  if (resumes(agent, task)) return `Agent ${name} is suspended by a person and is being resumed for a new Task`
  const orAnother = agent.spec.standby ? ', or create another Task, which resumes it' : ''
  return `Agent ${name} is suspended by a person; set spec.suspend to false to resume it${orAnother}`
}

/** What `task` waits for at its Agent; undefined where it may begin, or may have a turn. */
export const waitOf = (agent: Agent, profile: Profile, task: AgentTask, now: Date): Wait | undefined => {
  const { metadata, spec, status } = agent
  const { name } = metadata
  if (spec.suspend) return { reason: 'AgentSuspended', message: suspension(agent, task) }
  const ready = conditionOf(status?.conditions, 'Ready')
  const why = ready?.status === 'False' ? `: ${ready.message}` : ''
  if (status?.ready !== true)
    return { reason: 'AgentServerNotReady', message: `waiting for the server of Agent ${name} to become ready${why}` }
  if (!isLimited(profile) || holdsSlot(agent, task.metadata.uid)) return undefined
  if (why !== '') return { reason: 'AgentServerNotReady', message: `Agent ${name} gives out no turns${why}` }
  const { maxConcurrentTasks = 0, quota } = profile
  if (isFull(agent, profile))
    return {
      reason: 'AgentAtCapacity',
      message: `Agent ${name} runs ${status.activeTasks?.length ?? 0} of ${maxConcurrentTasks} Tasks; the end of one of them, or a higher maxConcurrentTasks, makes room`,
    }
  const opensAt = quotaWait(agent, profile, now)
  if (quota && opensAt !== undefined)
    return {
      reason: 'QuotaExceeded',
      message: `Agent ${name} has started ${quota.maxTaskStarts} Tasks within ${quota.windowSeconds} s, as many as its quota allows; the next may start at ${timestamp(new Date(opensAt + 999))}`,
    }
  return undefined
}

/** The Queued condition and the place of a Task that waits. */
export const waitingStatus = (
  { status }: AgentTask,
  { reason, message }: Wait,
  position: number,
  now: Date,
): { readonly queue: NonNullable<TaskStatus['queue']>; readonly condition: ConditionUpdate } => ({
  queue: { position, since: status?.queue?.since ?? timestamp(now) },
  condition: { type: 'Queued', status: 'True', reason, message: `${message}; position ${position} in the queue` },
})
