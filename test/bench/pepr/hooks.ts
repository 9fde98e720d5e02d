import type { Hook } from '../../../webhooks/table.ts'
import { hooks } from '../../../webhooks/table.ts'

/** What both frameworks do: the Task's default values and its rules. */
export const taskHooks: readonly Hook[] = hooks.filter(({ kind, type }) => kind === 'Task' && type !== 'observe')
