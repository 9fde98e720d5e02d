import type { Task } from '../../crds/task.ts'
import type { Key } from '../../shared/hint.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import type { Plan } from '../../shared/plan.ts'
import type { Reconciler } from '../../shared/reconcile.ts'
import { recordedDeps } from './deps.ts'
import { memoryCluster } from './memory-cluster.ts'
import { task } from './task.ts'

export interface Sight {
  readonly parent: Task
}

export const key: Key = { kind: 'Task', namespace: 'default', name: 'job' }
export const ref = { kind: 'Task', namespace: 'default', name: 'job' } as const

/** Sees the Task alone, and decides what it was given. */
export const planned = (plan: Plan, refused: Plan = {}): Reconciler<Sight> => ({
  kind: 'Task',
  gather: async ({ reader }) => {
    const parent = await reader.get(ref)
    return parent && { parent }
  },
  decide: () => plan,
  refused: () => refused,
})

export const child = (kind: string, name: string): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'default' },
})

export const server = { namespace: 'default', service: 'coder', port: 4096 }
export const podRef = { kind: 'Pod', namespace: 'default', name: 'old' } as const

/** A cluster that has the Task. */
export const world = (...objects: readonly KubeObject[]) => recordedDeps(memoryCluster(task(), ...objects))
