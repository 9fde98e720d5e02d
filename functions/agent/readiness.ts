import type { Deployment } from 'kubernetes-types/apps/v1'

/** Whether the Deployment controller has seen the newest spec and one Pod answers. */
export const isDeploymentReady = ({ metadata, status }: Deployment): boolean =>
  (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0) && (status?.readyReplicas ?? 0) >= 1
