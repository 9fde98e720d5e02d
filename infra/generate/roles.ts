import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding } from 'kubernetes-types/rbac/v1'
import { kinds } from '../../crds/kinds.ts'
import { GROUP } from '../../crds/names.ts'
import { functionsTable } from '../../functions/table.ts'
import { builtIn } from '../../functions/workload/settings.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { askedRights } from '../../webhooks/rights.ts'
import { CONTROLLER, SERVER_KEY_SECRET, WEBHOOK_SECRET } from './installation.ts'
import type { Labels } from './options.ts'
import { rulesOf } from './rights.ts'

const rbac = 'rbac.authorization.k8s.io'
const apiVersion = `${rbac}/v1`

/** The account that the controller's rights are bound to. */
export interface Subject {
  readonly kind: 'ServiceAccount'
  readonly name: string
  readonly namespace: string
}

const clusterRole = (name: string, labels: Labels, rules: PolicyRule[]): ClusterRole => ({
  apiVersion,
  kind: 'ClusterRole',
  metadata: { name, labels },
  rules,
})

const clusterBinding = (name: string, labels: Labels, subject: Subject): ClusterRoleBinding => ({
  apiVersion,
  kind: 'ClusterRoleBinding',
  metadata: { name, labels },
  roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
  subjects: [subject],
})

/** A role in the namespace of the subject, and its binding. */
const roleOf = (name: string, subject: Subject, labels: Labels, rules: PolicyRule[]): [Role, RoleBinding] => {
  const metadata = { name, namespace: subject.namespace, labels }
  return [
    { apiVersion, kind: 'Role', metadata, rules },
    { apiVersion, kind: 'RoleBinding', metadata, roleRef: { apiGroup: rbac, kind: 'Role', name }, subjects: [subject] },
  ]
}

/** What the functions may do and the webhooks may ask, and nothing beyond it: the union of the rows of their tables. */
export const controllerRights = (subject: Subject, labels: Labels): KubeObject[] => [
  clusterRole(
    CONTROLLER,
    labels,
    rulesOf([...functionsTable(builtIn).flatMap(({ rights }) => rights), ...Object.values(askedRights)]),
  ),
  clusterBinding(CONTROLLER, labels, subject),
]

const CERTIFICATES = `${CONTROLLER}-certificates`

/** What a controller that makes its own certificate needs: the one Secret, and its CA in its own webhook configurations. */
export const certificateRights = (
  subject: Subject,
  labels: Labels,
  configurations: readonly KubeObject[],
): KubeObject[] => {
  const names = configurations.map(({ metadata }) => metadata?.name ?? '')
  return [
    ...roleOf(CERTIFICATES, subject, labels, [
      // RBAC cannot tie a create to a name.
      { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
      { apiGroups: [''], resources: ['secrets'], resourceNames: [WEBHOOK_SECRET], verbs: ['get', 'patch'] },
    ]),
    clusterRole(CERTIFICATES, labels, [
      {
        apiGroups: ['admissionregistration.k8s.io'],
        resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
        resourceNames: [...new Set(names)].toSorted(),
        verbs: ['get', 'patch'],
      },
    ]),
    clusterBinding(CERTIFICATES, labels, subject),
  ]
}

const SERVER_KEY = `${CONTROLLER}-server-key`

/** The key of the servers' passwords: the one Secret, made once and never changed. */
export const serverKeyRights = (subject: Subject, labels: Labels): KubeObject[] =>
  roleOf(SERVER_KEY, subject, labels, [
    { apiGroups: [''], resources: ['secrets'], resourceNames: [SERVER_KEY_SECRET], verbs: ['get'] },
  ])

const reading = ['get', 'list', 'watch']
const everything = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

const read: PolicyRule[] = [
  { apiGroups: [GROUP], resources: kinds.map(({ plural }) => plural).toSorted(), verbs: reading },
  // What a Task says is the log of its Pod, and what happened to it is in its Events.
  { apiGroups: [''], resources: ['pods'], verbs: reading },
  { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: reading },
]

/**
 * The server of an Agent has a shell, and its password is in a Secret: who looks into it acts as the Agent. RBAC ties no right
 * to the names of Secrets that are yet to come, so this is for those alone who may run Pods with any Secret anyway.
 */
const actAsAgents: PolicyRule[] = [
  { apiGroups: [''], resources: ['services/proxy'], verbs: ['create', 'delete', 'get', 'patch', 'update'] },
  { apiGroups: [''], resources: ['secrets'], verbs: ['get'] },
  // A terminal: GET is how a WebSocket begins.
  { apiGroups: [''], resources: ['pods/exec'], verbs: ['create', 'get'] },
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
    clusterRole('kubeopencode-agent-admin', into('edit'), [...read, write('agents', 'agenttemplates'), ...actAsAgents]),
  ]
}
