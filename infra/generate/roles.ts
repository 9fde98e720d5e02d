import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding } from 'kubernetes-types/rbac/v1'
import { kinds } from '../../crds/kinds.ts'
import { GROUP } from '../../crds/names.ts'
import { functionsTable } from '../../functions/table.ts'
import { builtIn } from '../../functions/workload/settings.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { askedRights } from '../../webhooks/rights.ts'
import { CONTROLLER, SERVER_KEY_SECRET, WEBHOOK_SECRET } from './installation.ts'
import { rulesOf } from './rights.ts'

const rbac = 'rbac.authorization.k8s.io'
const apiVersion = `${rbac}/v1`

type Labels = Readonly<Record<string, string>>

const clusterRole = (name: string, labels: Labels, rules: PolicyRule[]): ClusterRole => ({
  apiVersion,
  kind: 'ClusterRole',
  metadata: { name, labels },
  rules,
})

const clusterBinding = (name: string, labels: Labels, namespace: string): ClusterRoleBinding => ({
  apiVersion,
  kind: 'ClusterRoleBinding',
  metadata: { name, labels },
  roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
  subjects: [{ kind: 'ServiceAccount', name: CONTROLLER, namespace }],
})

/** What the functions may do and the webhooks may ask, and nothing beyond it: the union of the rows of their tables. */
export const controllerRights = (namespace: string, labels: Labels): KubeObject[] => [
  clusterRole(
    CONTROLLER,
    labels,
    rulesOf([...functionsTable(builtIn).flatMap(({ rights }) => rights), ...Object.values(askedRights)]),
  ),
  clusterBinding(CONTROLLER, labels, namespace),
]

const CERTIFICATES = `${CONTROLLER}-certificates`

/** What a controller that makes its own certificate needs: the one Secret, and its CA in its own webhook configurations. */
export const certificateRights = (
  namespace: string,
  labels: Labels,
  configurations: readonly KubeObject[],
): KubeObject[] => {
  const names = configurations.map(({ metadata }) => metadata?.name ?? '')
  const role: Role = {
    apiVersion,
    kind: 'Role',
    metadata: { name: CERTIFICATES, namespace, labels },
    rules: [
      // RBAC cannot tie a create to a name.
      { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
      { apiGroups: [''], resources: ['secrets'], resourceNames: [WEBHOOK_SECRET], verbs: ['get', 'patch'] },
    ],
  }
  const binding: RoleBinding = {
    apiVersion,
    kind: 'RoleBinding',
    metadata: { name: CERTIFICATES, namespace, labels },
    roleRef: { apiGroup: rbac, kind: 'Role', name: CERTIFICATES },
    subjects: [{ kind: 'ServiceAccount', name: CONTROLLER, namespace }],
  }
  return [
    role,
    binding,
    clusterRole(CERTIFICATES, labels, [
      {
        apiGroups: ['admissionregistration.k8s.io'],
        resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
        resourceNames: [...new Set(names)].toSorted(),
        verbs: ['get', 'patch'],
      },
    ]),
    clusterBinding(CERTIFICATES, labels, namespace),
  ]
}

const SERVER_KEY = `${CONTROLLER}-server-key`

/** The key of the servers' passwords: the one Secret, made once and never changed. */
export const serverKeyRights = (namespace: string, labels: Labels): KubeObject[] => {
  const role: Role = {
    apiVersion,
    kind: 'Role',
    metadata: { name: SERVER_KEY, namespace, labels },
    rules: [{ apiGroups: [''], resources: ['secrets'], resourceNames: [SERVER_KEY_SECRET], verbs: ['get'] }],
  }
  const binding: RoleBinding = {
    apiVersion,
    kind: 'RoleBinding',
    metadata: { name: SERVER_KEY, namespace, labels },
    roleRef: { apiGroup: rbac, kind: 'Role', name: SERVER_KEY },
    subjects: [{ kind: 'ServiceAccount', name: CONTROLLER, namespace }],
  }
  return [role, binding]
}

const reading = ['get', 'list', 'watch']
const everything = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

const read: PolicyRule[] = [
  { apiGroups: [GROUP], resources: kinds.map(({ plural }) => plural).toSorted(), verbs: reading },
  // What a Task says is the log of its Pod, and what happened to it is in its Events.
  { apiGroups: [''], resources: ['pods'], verbs: reading },
  { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: reading },
]

const write = (...resources: string[]): PolicyRule => ({ apiGroups: [GROUP], resources, verbs: everything })

/**
 * Roles to bind to people. Who may create an Agent or a template runs Pods with any ServiceAccount and Secret of the
 * namespace, so a plain user may only give work to the ones that are there. The built-in `edit` may create such Pods
 * anyway and gains nothing by having both.
 */
export const userRoles = (labels: Labels): KubeObject[] => {
  const into = (role: string): Labels => ({ ...labels, [`${rbac}/aggregate-to-${role}`]: 'true' })
  return [
    clusterRole('kubeopencode-viewer', into('view'), read),
    clusterRole('kubeopencode-user', into('edit'), [...read, write('crontasks', 'tasks')]),
    clusterRole('kubeopencode-agent-admin', into('edit'), [...read, write('agents', 'agenttemplates')]),
  ]
}
