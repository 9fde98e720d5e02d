import type { KubeOpenCodeConfig } from '../../crds/config.ts'
import { CONFIG_NAME } from '../../crds/names.ts'
import { withConditions } from '../../shared/conditions.ts'
import type { Key } from '../../shared/hint.ts'
import type { Plan } from '../../shared/plan.ts'
import { nothing } from '../../shared/plan.ts'
import type { Reconciler, Senses } from '../../shared/reconcile.ts'

interface ConfigSight {
  readonly parent: KubeOpenCodeConfig
}

const gather = async ({ reader }: Senses, { name }: Key): Promise<ConfigSight | undefined> => {
  const parent = name === CONFIG_NAME ? await reader.get({ kind: 'KubeOpenCodeConfig', name }) : undefined
  return parent && { parent }
}

const decide = ({ parent }: ConfigSight, now: Date): Plan => {
  const { generation, deletionTimestamp } = parent.metadata
  if (deletionTimestamp !== undefined) return nothing
  const message = 'the configuration is in force'
  return {
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
  }
}

export const configReconciler: Reconciler<ConfigSight> = {
  kind: 'KubeOpenCodeConfig',
  gather,
  decide,
  refused: () => nothing,
}
