import type { AgentPhase, AgentStatus } from '../../crds/agent.ts'
import type { AgentReason } from '../../crds/reasons.ts'
import { conditionOf, withConditions } from '../../shared/conditions.ts'
import type { Plan } from '../../shared/plan.ts'
import { nothing } from '../../shared/plan.ts'
import { withRemedy } from '../workload/remedies.ts'
import { condition } from './conditions.ts'
import { isDeploymentReady } from './readiness.ts'
import type { AgentSight } from './sight.ts'
import type { TurnSight } from './turn.ts'
import { decideTurn } from './turn.ts'

const notReady = (
  { metadata: { generation }, status }: AgentSight['parent'],
  phase: AgentPhase,
  reason: AgentReason,
  message: string,
  now: Date,
): Plan<AgentStatus> => ({
  status: {
    ...status,
    phase,
    ...(generation !== undefined && { observedGeneration: generation }),
    conditions: withConditions(status?.conditions, [condition('Ready', 'False', reason, message)], now, generation),
  },
})

/** The apiserver refused one of the Agent's objects for good: Pod Security, a webhook, an invalid field. */
export const agentRefused = ({ parent }: Pick<AgentSight, 'parent'>, refusal: string, now: Date): Plan<AgentStatus> =>
  notReady(parent, 'Invalid', 'InvalidSpec', withRemedy(refusal, parent.metadata.namespace), now)

/** Others keep the apiserver from taking one of the Agent's objects. A server that serves goes on, and its turns are given out. */
export const agentHindered = (sight: AgentSight | TurnSight, refusal: string, now: Date): Plan<AgentStatus> => {
  if ('isTurn' in sight) return nothing
  const { parent, profile, tasks, taskPods, deployment } = sight
  const message = `${withRemedy(refusal, parent.metadata.namespace)}; it is tried again`
  const said = conditionOf(parent.status?.conditions, 'Ready')
  const serves = !parent.spec.suspend && deployment !== undefined && isDeploymentReady(deployment)
  if (said?.status !== 'True' || !serves)
    return notReady(parent, parent.spec.suspend ? 'Suspended' : 'NotReady', 'ObjectsPending', message, now)
  const plan = decideTurn({ isTurn: true, parent, profile, tasks, taskPods, isBrief: false }, now)
  const update = condition('Ready', 'True', 'Ready', `the server takes Tasks as it is: ${message}`)
  const conditions = withConditions(parent.status?.conditions, [update], now, parent.metadata.generation)
  return { ...plan, status: { ...plan.status, conditions } }
}
