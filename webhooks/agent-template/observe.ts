import type { Wake } from '../observe.ts'
import { itself } from '../observe.ts'

/** The Agents that use it are the function's to find. */
export const observeAgentTemplate: Wake = ({ metadata }) => [itself('AgentTemplate', metadata)]
