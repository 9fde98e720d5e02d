import type { Deployment } from 'kubernetes-types/apps/v1'

/** Whether Pods of an older spec are still there, or the Deployment controller has yet to see the newest. */
export const isRolling = ({ metadata, status = {} }: Deployment): boolean => {
  const { observedGeneration = 0, replicas = 0, updatedReplicas = 0 } = status
  return replicas > 0 && (observedGeneration < (metadata?.generation ?? 0) || updatedReplicas < replicas)
}

/** Whether the Deployment controller has seen the newest spec and one Pod answers. */
export const isDeploymentReady = ({ metadata, status }: Deployment): boolean =>
  (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0) && (status?.readyReplicas ?? 0) >= 1
