import { AgentKind } from './agent.ts'
import { AgentTemplateKind } from './agent-template.ts'
import { KubeOpenCodeConfigKind } from './config.ts'
import { CronTaskKind } from './cron-task.ts'
import { TaskKind } from './task.ts'

/** Every kind of the group. */
export const kinds = [TaskKind, AgentKind, AgentTemplateKind, CronTaskKind, KubeOpenCodeConfigKind] as const

export type KindName = (typeof kinds)[number]['kind']
