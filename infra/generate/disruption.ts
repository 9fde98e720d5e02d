import type { TopologySpreadConstraint } from 'kubernetes-types/core/v1'
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1'
import type { InstallOptions } from './options.ts'
import type { Component } from './installation.ts'
import { programs, selectors } from './installation.ts'

/** Over nodes and zones, where there are several; a full cluster still gets all copies. Without the Pods it counts. */
export const spread = ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
  maxSkew: 1,
  topologyKey,
  whenUnsatisfiable: 'ScheduleAnyway' as const,
  // Of one revision: while the next one comes, both would look spread when neither is.
  matchLabelKeys: ['pod-template-hash'],
}))

export const spreadOf = (component: Component): TopologySpreadConstraint[] =>
  spread.map((constraint) => ({ ...constraint, labelSelector: { matchLabels: selectors[component] } }))

/** https://kubernetes.io/docs/tasks/run-application/configure-pdb/ */
export const disruptionBudget = (
  component: Component,
  { namespace, labels, disruptions }: InstallOptions,
): PodDisruptionBudget =>
  ({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: {
      name: programs[component],
      namespace,
      labels: { ...labels, ...selectors[component] },
    },
    spec: {
      maxUnavailable: disruptions.maxUnavailable,
      // A copy that does not get ready guards nothing, and must not hold up the drain of its node.
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: selectors[component] },
    },
  }) as PodDisruptionBudget
