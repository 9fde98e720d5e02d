import type { Deployment } from 'kubernetes-types/apps/v1'
import type { EnvVar, Service, ServiceAccount } from 'kubernetes-types/core/v1'
import type { Ingress } from 'kubernetes-types/networking/v1'
import { dirname } from 'node:path/posix'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { deploymentOf } from './deployment.ts'
import {
  APISERVER_CA,
  OIDC_FOLDER,
  OIDC_SECRET,
  ports,
  selectors,
  SERVER,
  SESSION_KEY,
  SESSION_SECRET,
} from './installation.ts'
import type { InstallOptions } from './options.ts'

const selector = selectors.server

/** All that infra/node/server reads, beside what both programs do. */
const env = ({ logLevel, server: { basePath, hosts, oidc } }: InstallOptions): EnvVar[] => [
  { name: 'KUBEOPENCODE_BASE_PATH', value: basePath },
  { name: 'KUBEOPENCODE_HOSTS', value: hosts },
  { name: 'KUBEOPENCODE_LOG_LEVEL', value: logLevel },
  ...oidc,
]

const deployment = (options: InstallOptions): Deployment =>
  deploymentOf('server', options, {
    replicas: options.server.replicas,
    resources: options.server.resources,
    environment: env(options),
    port: { name: 'http', containerPort: ports.server },
    // It acts as whoever asks, so it has nothing to say of itself.
    pod: { automountServiceAccountToken: false },
    volumes: [
      { name: 'apiserver', configMap: { name: 'kube-root-ca.crt' } },
      { name: 'sessions', secret: { secretName: SESSION_SECRET, optional: true } },
      { name: 'oidc', secret: { secretName: OIDC_SECRET, optional: true } },
    ],
    mounts: [
      { name: 'apiserver', mountPath: dirname(APISERVER_CA), readOnly: true },
      { name: 'sessions', mountPath: dirname(SESSION_KEY), readOnly: true },
      { name: 'oidc', mountPath: OIDC_FOLDER, readOnly: true },
    ],
  })

const service = ({ namespace, labels }: InstallOptions): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: SERVER, namespace, labels: { ...labels, ...selector } },
  spec: { selector, ports: [{ name: 'http', port: ports.server, targetPort: 'http' }] },
})

/** An account of its own, to which nothing is bound. */
export const serverAccount = ({ namespace, labels, additions }: InstallOptions): ServiceAccount => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { ...additions.server.account, namespace, labels: { ...labels, ...selector } },
  automountServiceAccountToken: false,
})

/** The API, and what it is reached by. */
export const server = (options: InstallOptions): KubeObject[] => [service(options), deployment(options)]

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
