import type { AgentTemplate } from '../../crds/agent-template.ts'
import type { Agent } from '../../crds/agent.ts'
import { withConditions } from '../../shared/conditions.ts'
import type { Key } from '../../shared/hint.ts'
import { configFault } from '../../shared/opencode-config/check.ts'
import type { Plan } from '../../shared/plan.ts'
import { nothing } from '../../shared/plan.ts'
import type { Reconciler, Senses } from '../../shared/reconcile.ts'

interface TemplateSight {
  readonly parent: AgentTemplate
  /** Agents whose templateRef names it. */
  readonly agents: readonly Agent[]
}

const gather = async ({ reader }: Senses, { namespace = '', name }: Key): Promise<TemplateSight | undefined> => {
  const parent = await reader.get({ kind: 'AgentTemplate', namespace, name })
  if (!parent) return undefined
  const { items } = await reader.list('Agent', { namespace, fieldSelector: `spec.templateRef.name=${name}` })
  return { parent, agents: items }
}

/** A change of the template reaches its Agents by waking them; they merge it anew. */
const decide = ({ parent, agents }: TemplateSight, now: Date): Plan => {
  const { generation, deletionTimestamp } = parent.metadata
  if (deletionTimestamp !== undefined) return nothing
  const isNew = parent.status?.observedGeneration !== generation
  const fault = configFault(parent.spec.config)
  return {
    status: {
      ...parent.status,
      agents: agents.length,
      ...(generation !== undefined && { observedGeneration: generation }),
      conditions: withConditions(
        parent.status?.conditions,
        [
          fault === undefined
            ? { type: 'Ready', status: 'True', reason: 'Valid', message: 'the template can be used' }
            : { type: 'Ready', status: 'False', reason: 'InvalidSpec', message: fault },
        ],
        now,
        generation,
      ),
    },
    ...(isNew && {
      wake: agents.map(({ metadata }) => ({
        kind: 'Agent' as const,
        namespace: metadata.namespace ?? '',
        name: metadata.name,
      })),
    }),
  }
}

export const agentTemplateReconciler: Reconciler<TemplateSight> = {
  kind: 'AgentTemplate',
  gather,
  decide,
  refused: () => nothing,
}
