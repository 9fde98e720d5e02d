import { nothing } from '../../shared/plan.ts'
import type { Reconciler } from '../../shared/reconcile.ts'
import { decideConfig } from './decide.ts'
import type { ConfigSight } from './gather.ts'
import { gatherConfig } from './gather.ts'

export const configReconciler: Reconciler<ConfigSight> = {
  kind: 'KubeOpenCodeConfig',
  gather: gatherConfig,
  decide: decideConfig,
  refused: () => nothing,
}
