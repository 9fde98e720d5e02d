import * as z from 'zod'
import { ObjectName, StringMap } from '../scalars.ts'
import { LabelSelector, NodeSelectorTerm } from './selector.ts'

const Toleration = z.object({
  key: z.string().exactOptional().describe('Taint to tolerate; every one if unset.'),
  operator: z.enum(['Exists', 'Equal']).exactOptional().describe('Whether the value counts; Equal if unset.'),
  value: z.string().exactOptional().describe('Value of the taint, for Equal.'),
  effect: z
    .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
    .exactOptional()
    .describe('Effect to tolerate; every one if unset.'),
  tolerationSeconds: z.int().exactOptional().describe('How long to tolerate NoExecute; for ever if unset.'),
})

const Weight = z.int32().min(1).max(100).describe('How much it counts, 1 to 100.')

const NodeAffinity = z.object({
  requiredDuringSchedulingIgnoredDuringExecution: z
    .object({ nodeSelectorTerms: z.array(NodeSelectorTerm).describe('Alternatives; one must match.') })
    .exactOptional()
    .describe('Nodes the Pod may run on.'),
  preferredDuringSchedulingIgnoredDuringExecution: z
    .array(z.object({ weight: Weight, preference: NodeSelectorTerm.describe('Nodes that are preferred.') }))
    .exactOptional()
    .describe('Nodes the Pod should run on.'),
})

const PodAffinityTerm = z.object({
  topologyKey: z.string().describe('Node label that says what counts as the same place.'),
  labelSelector: LabelSelector.exactOptional().describe('Pods that are meant.'),
  matchLabelKeys: z.array(z.string()).exactOptional().describe('Labels whose value must be that of the new Pod.'),
  mismatchLabelKeys: z.array(z.string()).exactOptional().describe('Labels whose value must differ from the new Pod.'),
  namespaces: z
    .array(z.string())
    .exactOptional()
    .describe("Namespaces of the Pods that are meant; the Pod's own if unset."),
  namespaceSelector: LabelSelector.exactOptional().describe('Namespaces of the Pods that are meant, by label.'),
})

const PodAffinity = z.object({
  requiredDuringSchedulingIgnoredDuringExecution: z
    .array(PodAffinityTerm)
    .exactOptional()
    .describe('Terms that must hold.'),
  preferredDuringSchedulingIgnoredDuringExecution: z
    .array(z.object({ weight: Weight, podAffinityTerm: PodAffinityTerm.describe('Term that should hold.') }))
    .exactOptional()
    .describe('Terms that should hold.'),
})

const TopologySpreadConstraint = z.object({
  maxSkew: z.int32().min(1).describe('How uneven the spread may be.'),
  topologyKey: z.string().describe('Node label that says what counts as the same place.'),
  whenUnsatisfiable: z.enum(['DoNotSchedule', 'ScheduleAnyway']).describe('What to do when it cannot be met.'),
  labelSelector: LabelSelector.exactOptional().describe('Pods that are counted.'),
  matchLabelKeys: z.array(z.string()).exactOptional().describe('Labels whose value must be that of the new Pod.'),
  minDomains: z.int32().min(1).exactOptional().describe('Fewest places to spread over.'),
  nodeAffinityPolicy: z.enum(['Honor', 'Ignore']).exactOptional().describe('Whether node affinity limits the places.'),
  nodeTaintsPolicy: z.enum(['Honor', 'Ignore']).exactOptional().describe('Whether taints limit the places.'),
})

export const Scheduling = z.object({
  nodeSelector: StringMap.exactOptional().describe('Labels a node must have.'),
  tolerations: z.array(Toleration).max(64).exactOptional().describe('Taints the Pods tolerate.'),
  affinity: z
    .object({
      nodeAffinity: NodeAffinity.exactOptional().describe('Nodes to run on.'),
      podAffinity: PodAffinity.exactOptional().describe('Pods to be near to.'),
      podAntiAffinity: PodAffinity.exactOptional().describe('Pods to stay away from.'),
    })
    .exactOptional()
    .describe('Where the Pods may and should run.'),
  priorityClassName: ObjectName.exactOptional().describe('PriorityClass of the Pods.'),
  topologySpreadConstraints: z
    .array(TopologySpreadConstraint)
    .max(16)
    .exactOptional()
    .describe('How the Pods spread over the cluster.'),
})
