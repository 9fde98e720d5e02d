import * as z from 'zod'
import { listMap } from './rules.ts'
import { ObjectName, StringMap, Timestamp } from './scalars.ts'

const OwnerReference = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: z.boolean().exactOptional(),
  blockOwnerDeletion: z.boolean().exactOptional(),
})

/** The parts of Kubernetes' metadata that this project reads. The apiserver, not our schema, is the judge of it. */
export const ObjectMeta = z.object({
  /** Empty while the apiserver has yet to make one from generateName. */
  name: z.string().default(''),
  generateName: z.string().exactOptional(),
  namespace: z.string().exactOptional(),
  uid: z.string().exactOptional(),
  resourceVersion: z.string().exactOptional(),
  generation: z.int().exactOptional(),
  creationTimestamp: Timestamp.exactOptional(),
  deletionTimestamp: Timestamp.exactOptional(),
  deletionGracePeriodSeconds: z.int().exactOptional(),
  labels: StringMap.exactOptional(),
  annotations: StringMap.exactOptional(),
  ownerReferences: z.array(OwnerReference).exactOptional(),
  finalizers: z.array(z.string()).exactOptional(),
})
export type ObjectMeta = z.infer<typeof ObjectMeta>

/** Reference to an object in the same namespace. */
export const LocalRef = z.object({ name: ObjectName.describe('Name of the object, in the same namespace.') })
export type LocalRef = z.infer<typeof LocalRef>

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#condition-v1-meta */
export const Condition = z.object({
  type: z.string().max(316).describe('What the condition is about, in CamelCase.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
  observedGeneration: z.int().min(0).exactOptional().describe('metadata.generation this was decided on.'),
  lastTransitionTime: Timestamp.describe('When the status last changed.'),
  reason: z.string().max(1024).describe('Why, as one CamelCase word for programs.'),
  message: z.string().max(32768).describe('Why, as a sentence for people.'),
})
export type Condition = z.infer<typeof Condition>

export const Conditions = listMap(z.array(Condition), 'type').describe(
  'What is known of the object, one item per aspect.',
)

export const ObservedGeneration = z.int().min(0).describe('metadata.generation this status was written for.')
