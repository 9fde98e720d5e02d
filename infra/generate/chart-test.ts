import type { EnvVar, Pod, ServiceAccount } from 'kubernetes-types/core/v1'
import type { NetworkPolicy } from 'kubernetes-types/networking/v1'
import type { Role, RoleBinding } from 'kubernetes-types/rbac/v1'
import { GROUP } from '../../crds/names.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import type { InstallOptions } from './options.ts'
import { containerSecurity, podSecurity } from './pods.ts'
import { ports, selectors, SERVER } from './installation.ts'

const CHECK = 'kubeopencode-check'
const rbac = 'rbac.authorization.k8s.io'

/** Where the API is in the cluster. */
export const apiEnvironment = (namespace: string, basePath: string): EnvVar => ({
  name: 'KUBEOPENCODE_API',
  value: `http://${SERVER}.${namespace}.svc:${ports.server}${basePath}`,
})

const hook = (
  { namespace, labels }: InstallOptions,
  weight: number,
  annotations: Readonly<Record<string, string>> = {},
) => ({
  name: CHECK,
  namespace,
  labels: { ...labels, 'app.kubernetes.io/component': 'check' },
  annotations: {
    'helm.sh/hook': 'test',
    'helm.sh/hook-weight': String(weight),
    'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
    ...annotations,
  },
})

/** Where a namespace lets nothing out, its Pod reaches what the controllers and the server may, and the API as well. */
export const chartTestNetwork = (options: InstallOptions): NetworkPolicy => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: hook(options, 0),
  spec: {
    podSelector: {
      matchLabels: { 'app.kubernetes.io/name': 'kubeopencode', 'app.kubernetes.io/component': 'check' },
    },
    policyTypes: ['Egress'],
    egress: [
      {
        to: [{ podSelector: { matchLabels: selectors.server } }],
        ports: [{ port: ports.server, protocol: 'TCP' }],
      },
      ...options.network.egress,
    ],
  },
})

/**
 * What `helm test` makes: a Pod of the installation's own image that asks whether it works, and an account that may try
 * Tasks in the namespace of the release. Nothing of it is there before; after a failure the Pod stays, to be read.
 * https://helm.sh/docs/topics/chart_tests/
 */
export const chartTest = (options: InstallOptions, environment: readonly EnvVar[]): KubeObject[] => {
  const { namespace, images, imagePullPolicy, additions } = options
  const account: ServiceAccount = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: hook(options, 0) }
  const role: Role = {
    apiVersion: `${rbac}/v1`,
    kind: 'Role',
    metadata: hook(options, 1),
    rules: [{ apiGroups: [GROUP], resources: ['tasks'], verbs: ['create', 'delete', 'get'] }],
  }
  const binding: RoleBinding = {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: hook(options, 2),
    roleRef: { apiGroup: rbac, kind: 'Role', name: CHECK },
    subjects: [{ kind: 'ServiceAccount', name: CHECK, namespace }],
  }
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: hook(options, 3, { 'helm.sh/hook-output-log-policy': 'hook-succeeded,hook-failed' }),
    spec: {
      serviceAccountName: CHECK,
      restartPolicy: 'Never',
      activeDeadlineSeconds: 240,
      enableServiceLinks: false,
      securityContext: podSecurity,
      ...additions.controller.scheduling,
      containers: [
        {
          name: 'check',
          image: images.system,
          imagePullPolicy,
          args: ['check'],
          env: [
            { name: 'KUBEOPENCODE_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
            ...environment,
          ],
          resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '256Mi' } },
          securityContext: containerSecurity,
        },
      ],
    },
  }
  return [account, role, binding, pod]
}
