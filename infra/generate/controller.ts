import type { Deployment } from 'kubernetes-types/apps/v1'
import type { Container, EnvVar, Probe, Service } from 'kubernetes-types/core/v1'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { CONTROLLER, ports, probes, selectors, WEBHOOK_SERVICE } from './installation.ts'
import type { InstallOptions } from './install.ts'

const selector = selectors.controller

const probe = (path: string): Probe => ({ httpGet: { path, port: 'probes' }, timeoutSeconds: 5 })

/** All that infra/node reads. */
const env = ({
  images,
  podStartTimeoutSeconds,
  taskClient,
  logLevel,
  certificates,
  traces,
  events,
  trusted,
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
  ...trusted.environment,
]

const container = (options: InstallOptions): Container => ({
  name: 'controller',
  image: options.images.system,
  imagePullPolicy: options.imagePullPolicy,
  args: ['controller'],
  env: env(options),
  ports: [
    { name: 'webhooks', containerPort: ports.webhooks },
    { name: 'metrics', containerPort: ports.metrics },
    { name: 'probes', containerPort: ports.probes },
    ...options.events.ports,
  ],
  readinessProbe: { ...probe(probes.ready), periodSeconds: 5 },
  livenessProbe: { ...probe(probes.live), periodSeconds: 10, initialDelaySeconds: 10, failureThreshold: 6 },
  resources: options.resources,
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
  },
  volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }, ...options.certificates.mounts, ...options.trusted.mounts],
})

const deployment = (options: InstallOptions): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: CONTROLLER,
    namespace: options.namespace,
    labels: { ...options.labels, ...selector },
  },
  spec: {
    // Any number of copies may run side by side: none leads, and none remembers what the apiserver does not know.
    replicas: options.replicas,
    revisionHistoryLimit: 3,
    // A webhook that refuses when it cannot be asked must not be away during an update.
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    selector: { matchLabels: selector },
    template: {
      metadata: {
        labels: { ...options.podLabels, ...selector },
        annotations: { 'kubectl.kubernetes.io/default-container': 'controller', ...options.podAnnotations },
      },
      spec: {
        serviceAccountName: CONTROLLER,
        enableServiceLinks: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        ...options.scheduling,
        topologySpreadConstraints: options.spread.controller,
        terminationGracePeriodSeconds: options.terminationGracePeriodSeconds,
        containers: [container(options)],
        volumes: [{ name: 'tmp', emptyDir: {} }, ...options.certificates.volumes, ...options.trusted.volumes],
      },
    },
  },
})

const service = ({ namespace, labels }: InstallOptions): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: WEBHOOK_SERVICE, namespace, labels: { ...labels, ...selector } },
  spec: { selector, ports: [{ name: 'https', port: 443, targetPort: 'webhooks' }] },
})

/** The controller and what it is reached by. */
export const controller = (options: InstallOptions): KubeObject[] => [
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: CONTROLLER, namespace: options.namespace, labels: { ...options.labels, ...selector } },
  },
  service(options),
  deployment(options),
]
