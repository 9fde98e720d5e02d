import type { Deployment } from 'kubernetes-types/apps/v1'
import type { ConfigMap, ServiceAccount } from 'kubernetes-types/core/v1'

export const configMap = (name: string, data: Readonly<Record<string, string>> = {}): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', uid: `${name}-uid` },
  data: { ...data },
})

export const serviceAccount = (name = 'bot'): ServiceAccount => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace: 'default' },
})

/** What the Deployment controller says once the Pods of the newest generation answer. */
export const available = (deployment: Deployment, readyReplicas = 1): Deployment => ({
  ...deployment,
  status: { observedGeneration: deployment.metadata?.generation ?? 1, readyReplicas },
})
