import type { KubeOpenCodeConfig } from '../../crds/config.ts'
import { CONFIG_NAME } from '../../crds/names.ts'
import { withConditions } from '../../shared/conditions.ts'
import type { Key } from '../../shared/hint.ts'
import type { Plan } from '../../shared/plan.ts'
import { nothing } from '../../shared/plan.ts'
import type { ClusterReader } from '../../shared/ports.ts'
import type { Reconciler, Senses } from '../../shared/reconcile.ts'

interface ConfigSight {
  readonly parent: KubeOpenCodeConfig
  /** Every Agent of the cluster, read only when the configuration is new to them. */
  readonly agents: readonly Key[]
}

const pageSize = 500

const allAgents = async (reader: ClusterReader): Promise<Key[]> => {
  const keys: Key[] = []
  let next: string | undefined
  do {
    const page = await reader.list('Agent', { limit: pageSize, ...(next !== undefined && { continue: next }) })
    for (const { metadata } of page.items)
      keys.push({ kind: 'Agent', namespace: metadata.namespace ?? '', name: metadata.name })
    next = page.continue
  } while (next !== undefined)
  return keys
}

const gather = async ({ reader }: Senses, { name }: Key): Promise<ConfigSight | undefined> => {
  const parent = name === CONFIG_NAME ? await reader.get({ kind: 'KubeOpenCodeConfig', name }) : undefined
  if (!parent) return undefined
  const isNew = parent.status?.observedGeneration !== parent.metadata.generation
  return { parent, agents: isNew ? await allAgents(reader) : [] }
}

/** A change takes effect at once: every Agent is built anew from it. Tasks read it when they start. */
const decide = ({ parent, agents }: ConfigSight, now: Date): Plan => {
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
    wake: agents,
  }
}

export const configReconciler: Reconciler<ConfigSight> = {
  kind: 'KubeOpenCodeConfig',
  gather,
  decide,
  refused: () => nothing,
}
