import type { Agent } from '../../crds/agent.ts'
import type { AgentTemplate } from '../../crds/agent-template.ts'
import type { CronTask } from '../../crds/cron-task.ts'
import type { Task } from '../../crds/task.ts'

export type { Agent, AgentTemplate, CronTask, Task }
export type { Condition } from '../../crds/metadata.ts'

/** The kinds that are shown, by their names in addresses. */
export interface Objects {
  tasks: Task
  agents: Agent
  crontasks: CronTask
  agenttemplates: AgentTemplate
}
export type Plural = keyof Objects
export const plurals = ['tasks', 'agents', 'crontasks', 'agenttemplates'] as const satisfies readonly Plural[]

export type AnyObject = Objects[Plural]

/** What a stream calls a kind. */
export const pluralOf: Readonly<Record<string, Plural>> = {
  Task: 'tasks',
  Agent: 'agents',
  CronTask: 'crontasks',
  AgentTemplate: 'agenttemplates',
}

export interface List<T> {
  readonly items: readonly T[]
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string }
}
