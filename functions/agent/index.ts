import type { Reconciler } from '../../shared/reconcile.ts'
import type { Defaults } from '../workload/settings.ts'
import { agentRefused, decideAgent } from './decide.ts'
import { bereavedByAgent, gatherAgent } from './gather.ts'
import type { AgentSight } from './sight.ts'

export const agentReconciler = (defaults: Defaults): Reconciler<AgentSight> => ({
  kind: 'Agent',
  gather: gatherAgent(defaults),
  bereaved: bereavedByAgent,
  decide: decideAgent,
  refused: agentRefused,
})
