import type { Deployment } from 'kubernetes-types/apps/v1'
import type { Container, EnvVar, Probe, Service } from 'kubernetes-types/core/v1'
import type { Ingress } from 'kubernetes-types/networking/v1'
import { dirname } from 'node:path/posix'
import type { KubeObject } from '../../shared/kubernetes.ts'
import {
  APISERVER_CA,
  OIDC_FOLDER,
  OIDC_SECRET,
  ports,
  probes,
  selectors,
  SERVER,
  SESSION_KEY,
  SESSION_SECRET,
} from './installation.ts'
import type { InstallOptions } from './install.ts'

const selector = selectors.server

const probe = (path: string): Probe => ({ httpGet: { path, port: 'probes' }, timeoutSeconds: 5 })

/** All that infra/node/server reads. */
const env = ({ logLevel, server: { basePath, hosts, oidc } }: InstallOptions): EnvVar[] => [
  { name: 'KUBEOPENCODE_BASE_PATH', value: basePath },
  { name: 'KUBEOPENCODE_HOSTS', value: hosts },
  { name: 'KUBEOPENCODE_LOG_LEVEL', value: logLevel },
  ...oidc,
]

const container = (options: InstallOptions): Container => ({
  name: 'server',
  image: options.images.system,
  imagePullPolicy: options.imagePullPolicy,
  args: ['server'],
  env: env(options),
  ports: [
    { name: 'http', containerPort: ports.server },
    { name: 'metrics', containerPort: ports.metrics },
    { name: 'probes', containerPort: ports.probes },
  ],
  readinessProbe: { ...probe(probes.ready), periodSeconds: 5 },
  livenessProbe: { ...probe(probes.live), periodSeconds: 10, failureThreshold: 6 },
  resources: options.server.resources,
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
  },
  volumeMounts: [
    { name: 'tmp', mountPath: '/tmp' },
    { name: 'apiserver', mountPath: dirname(APISERVER_CA), readOnly: true },
    { name: 'sessions', mountPath: dirname(SESSION_KEY), readOnly: true },
    { name: 'oidc', mountPath: OIDC_FOLDER, readOnly: true },
  ],
})

const deployment = (options: InstallOptions): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: SERVER, namespace: options.namespace, labels: { ...options.labels, ...selector } },
  spec: {
    replicas: options.server.replicas,
    revisionHistoryLimit: 3,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    selector: { matchLabels: selector },
    template: {
      metadata: {
        labels: { ...options.podLabels, ...selector },
        annotations: { 'kubectl.kubernetes.io/default-container': 'server', ...options.podAnnotations },
      },
      spec: {
        serviceAccountName: SERVER,
        // It acts as whoever asks, so it has nothing to say of itself.
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        ...options.scheduling,
        topologySpreadConstraints: options.spread.server,
        terminationGracePeriodSeconds: options.terminationGracePeriodSeconds,
        containers: [container(options)],
        volumes: [
          { name: 'tmp', emptyDir: {} },
          { name: 'apiserver', configMap: { name: 'kube-root-ca.crt' } },
          { name: 'sessions', secret: { secretName: SESSION_SECRET, optional: true } },
          { name: 'oidc', secret: { secretName: OIDC_SECRET, optional: true } },
        ],
      },
    },
  },
})

const service = ({ namespace, labels }: InstallOptions): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: SERVER, namespace, labels: { ...labels, ...selector } },
  spec: { selector, ports: [{ name: 'http', port: ports.server, targetPort: 'http' }] },
})

/** The API, and what it is reached by. It has an account of its own, to which nothing is bound. */
export const server = (options: InstallOptions): KubeObject[] => [
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: SERVER, namespace: options.namespace, labels: { ...options.labels, ...selector } },
    automountServiceAccountToken: false,
  } as KubeObject,
  service(options),
  deployment(options),
]

/** What a chart knows of the way to the server from outside. */
export interface Outside {
  readonly annotations: Readonly<Record<string, string>>
  readonly ingressClassName: string
  readonly host: string
  readonly path: string
  readonly tls: NonNullable<Ingress['spec']>['tls']
  readonly parentRefs: readonly object[]
  readonly hostnames: readonly string[]
}

export const ingress = ({ namespace, labels }: InstallOptions, outside: Outside): Ingress => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: SERVER, namespace, labels: { ...labels, ...selector }, annotations: outside.annotations },
  spec: {
    ingressClassName: outside.ingressClassName,
    tls: outside.tls ?? [],
    rules: [
      {
        http: {
          paths: [
            { path: outside.path, pathType: 'Prefix', backend: { service: { name: SERVER, port: { name: 'http' } } } },
          ],
        },
        host: outside.host,
      },
    ],
  },
})

/** https://gateway-api.sigs.k8s.io/api-types/httproute/ */
export const httpRoute = ({ namespace, labels }: InstallOptions, outside: Outside): KubeObject =>
  ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: SERVER, namespace, labels: { ...labels, ...selector } },
    spec: {
      parentRefs: outside.parentRefs,
      hostnames: outside.hostnames,
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: outside.path } }],
          backendRefs: [{ name: SERVER, port: ports.server }],
        },
      ],
    },
  }) as KubeObject
