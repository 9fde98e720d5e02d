import { ledgerFields } from '../../crds/agent.ts'
import type { Reconciler } from '../../shared/reconcile.ts'
import type { Defaults } from '../workload/settings.ts'
import { decideAgent } from './decide.ts'
import { bereavedByAgent, gatherAgent, lookAt } from './gather.ts'
import { agentHindered, agentRefused } from './refused.ts'
import type { AgentSight } from './sight.ts'
import type { TurnSight } from './turn.ts'
import { decideTurn, gatherTurn } from './turn.ts'

/** Always looks at all of an Agent; who exchanges a part of it knows what it sees. */
export const wholeAgentReconciler = (defaults: Defaults): Reconciler<AgentSight> => ({
  kind: 'Agent',
  ledger: ledgerFields,
  gather: gatherAgent(defaults),
  bereaved: bereavedByAgent,
  decide: decideAgent,
  refused: agentRefused,
  hindered: agentHindered,
})

/** Looks no further than the next turn where that is all that is asked for and the Agent's status allows it. */
export const agentReconciler = (defaults: Defaults): Reconciler<AgentSight | TurnSight> => ({
  kind: 'Agent',
  ledger: ledgerFields,
  bereaved: bereavedByAgent,
  gather: async (senses, { namespace = '', name }) => {
    const parent = await senses.reader.get({ kind: 'Agent', namespace, name })
    if (!parent) return undefined
    return (senses.hint.turn && (await gatherTurn(senses, parent))) || lookAt(defaults)(senses, parent)
  },
  decide: (sight, now) => ('isTurn' in sight ? decideTurn(sight, now) : decideAgent(sight, now)),
  refused: agentRefused,
  hindered: agentHindered,
})
