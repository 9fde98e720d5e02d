import type { Scenario } from '../scenario.ts'
import { agentScenarios } from './agents.ts'
import { clockScenarios } from './clocks.ts'
import { cronTaskScenarios } from './cron-tasks.ts'
import { crowdScenarios } from './crowds.ts'
import { gitSyncScenarios } from './git-sync.ts'
import { standbyScenarios } from './standby.ts'
import { taskScenarios } from './tasks.ts'

/** Every story there is. A new kind of story is a file of its own and a line here. */
export const scenarios: readonly Scenario[] = [
  ...taskScenarios,
  ...agentScenarios,
  ...standbyScenarios,
  ...gitSyncScenarios,
  ...cronTaskScenarios,
  ...clockScenarios,
  ...crowdScenarios,
]
