import type { Deployment } from 'kubernetes-types/apps/v1'
import type { EnvVar, Service, ServiceAccount } from 'kubernetes-types/core/v1'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { deploymentOf } from './deployment.ts'
import { ports, selectors, WEBHOOK_SERVICE } from './installation.ts'
import type { InstallOptions } from './options.ts'

const selector = selectors.controller

/** All that infra/node reads, beside what both programs do. */
const env = ({
  images,
  podStartTimeoutSeconds,
  taskClient,
  logLevel,
  certificates,
  traces,
  events,
}: InstallOptions): EnvVar[] => [
  { name: 'KUBEOPENCODE_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
  { name: 'KUBEOPENCODE_SYSTEM_IMAGE', value: images.system },
  { name: 'KUBEOPENCODE_AGENT_IMAGE', value: images.agent },
  { name: 'KUBEOPENCODE_EXECUTOR_IMAGE', value: images.executor },
  { name: 'KUBEOPENCODE_ATTACH_IMAGE', value: images.attach },
  { name: 'KUBEOPENCODE_POD_START_TIMEOUT_SECONDS', value: podStartTimeoutSeconds },
  { name: 'KUBEOPENCODE_TASK_CLIENT', value: taskClient },
  { name: 'KUBEOPENCODE_LOG_LEVEL', value: logLevel },
  { name: 'KUBEOPENCODE_CERTIFICATES', value: certificates.environment },
  ...traces,
  ...events.environment,
]

const deployment = (options: InstallOptions): Deployment =>
  deploymentOf('controller', options, {
    // Any number of copies may run side by side: none leads, and none remembers what the apiserver does not know.
    replicas: options.replicas,
    resources: options.resources,
    environment: env(options),
    port: { name: 'webhooks', containerPort: ports.webhooks },
    morePorts: options.events.ports,
    liveness: { initialDelaySeconds: 10 },
    volumes: options.certificates.volumes,
    mounts: options.certificates.mounts,
  })

const service = ({ namespace, labels }: InstallOptions): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: WEBHOOK_SERVICE, namespace, labels: { ...labels, ...selector } },
  spec: { selector, ports: [{ name: 'https', port: 443, targetPort: 'webhooks' }] },
})

export const controllerAccount = ({ namespace, labels, additions }: InstallOptions): ServiceAccount => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { ...additions.controller.account, namespace, labels: { ...labels, ...selector } },
})

/** The controller and what it is reached by. */
export const controller = (options: InstallOptions): KubeObject[] => [service(options), deployment(options)]
