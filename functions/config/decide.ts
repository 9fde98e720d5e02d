import { withConditions } from '../../shared/conditions.ts'
import type { Plan } from '../../shared/plan.ts'
import { nothing } from '../../shared/plan.ts'
import type { ConfigSight } from './gather.ts'

/** A change takes effect at once: every Agent is built anew from it, and what it lets go of goes. Tasks read it when they start. */
export const decideConfig = ({ parent, isWhole, agents, surplus, isMore, behind }: ConfigSight, now: Date): Plan => {
  const { generation, deletionTimestamp } = parent.metadata
  if (deletionTimestamp !== undefined) return nothing
  const message = 'the configuration is in force'
  return {
    remove: surplus.map(({ namespace, name, uid }) => ({ ref: { kind: 'Task', namespace, name }, uid })),
    ...(isWhole && {
      status: {
        ...parent.status,
        ...(generation !== undefined && { observedGeneration: generation }),
        conditions: withConditions(
          parent.status?.conditions,
          [{ type: 'Ready', status: 'True', reason: 'Valid', message }],
          now,
          generation,
        ),
      },
    }),
    wake: [...agents, ...behind],
    ...(isMore && { againSeconds: 0 }),
  }
}
