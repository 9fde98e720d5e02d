import { CONFIG_NAME } from '../crds/names.ts'
import type { Agent } from '../crds/agent.ts'
import type { AgentTemplate } from '../crds/agent-template.ts'
import type { KubeOpenCodeConfig } from '../crds/config.ts'
import type { CronTask } from '../crds/cron-task.ts'
import type { Task } from '../crds/task.ts'
import type {
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
} from 'kubernetes-types/admissionregistration/v1'
import type { Deployment } from 'kubernetes-types/apps/v1'
import type {
  ConfigMap,
  Namespace,
  PersistentVolumeClaim,
  Pod,
  Secret,
  Service,
  ServiceAccount,
} from 'kubernetes-types/core/v1'
import type { StorageClass } from 'kubernetes-types/storage/v1'
import type { Event } from 'kubernetes-types/events/v1'
import type { ObjectMeta as AnyObjectMeta } from 'kubernetes-types/meta/v1'

/** What every object of every kind has; enough to address it and to know whose it is. */
export interface KubeObject {
  apiVersion?: string
  kind?: string
  metadata?: AnyObjectMeta
}

/** The objects this house reads or writes, by kind. */
export interface Objects {
  Task: Task
  Agent: Agent
  AgentTemplate: AgentTemplate
  CronTask: CronTask
  KubeOpenCodeConfig: KubeOpenCodeConfig
  Pod: Pod
  ConfigMap: ConfigMap
  CustomResourceDefinition: KubeObject
  Deployment: Deployment
  Event: Event
  Namespace: Namespace
  PersistentVolumeClaim: PersistentVolumeClaim
  Secret: Secret
  Service: Service
  ServiceAccount: ServiceAccount
  StorageClass: StorageClass
  MutatingWebhookConfiguration: MutatingWebhookConfiguration
  ValidatingWebhookConfiguration: ValidatingWebhookConfiguration
}

export type Kind = keyof Objects

/** The kinds of our own API group, each with a function and hooks of its own. */
export const ownKinds = ['Task', 'Agent', 'AgentTemplate', 'CronTask', 'KubeOpenCodeConfig'] as const
export type OwnKind = (typeof ownKinds)[number]

/** Where a kind lives in the apiserver's paths. */
export interface Resource {
  readonly apiVersion: string
  readonly plural: string
  readonly namespaced: boolean
}

const own = 'kubeopencode.io/v1alpha1'

export const resources: Readonly<Record<Kind, Resource>> = {
  Task: { apiVersion: own, plural: 'tasks', namespaced: true },
  Agent: { apiVersion: own, plural: 'agents', namespaced: true },
  AgentTemplate: { apiVersion: own, plural: 'agenttemplates', namespaced: true },
  CronTask: { apiVersion: own, plural: 'crontasks', namespaced: true },
  KubeOpenCodeConfig: { apiVersion: own, plural: 'kubeopencodeconfigs', namespaced: false },
  Pod: { apiVersion: 'v1', plural: 'pods', namespaced: true },
  ConfigMap: { apiVersion: 'v1', plural: 'configmaps', namespaced: true },
  CustomResourceDefinition: {
    apiVersion: 'apiextensions.k8s.io/v1',
    plural: 'customresourcedefinitions',
    namespaced: false,
  },
  Deployment: { apiVersion: 'apps/v1', plural: 'deployments', namespaced: true },
  Event: { apiVersion: 'events.k8s.io/v1', plural: 'events', namespaced: true },
  Namespace: { apiVersion: 'v1', plural: 'namespaces', namespaced: false },
  PersistentVolumeClaim: { apiVersion: 'v1', plural: 'persistentvolumeclaims', namespaced: true },
  Secret: { apiVersion: 'v1', plural: 'secrets', namespaced: true },
  Service: { apiVersion: 'v1', plural: 'services', namespaced: true },
  ServiceAccount: { apiVersion: 'v1', plural: 'serviceaccounts', namespaced: true },
  StorageClass: { apiVersion: 'storage.k8s.io/v1', plural: 'storageclasses', namespaced: false },
  MutatingWebhookConfiguration: {
    apiVersion: 'admissionregistration.k8s.io/v1',
    plural: 'mutatingwebhookconfigurations',
    namespaced: false,
  },
  ValidatingWebhookConfiguration: {
    apiVersion: 'admissionregistration.k8s.io/v1',
    plural: 'validatingwebhookconfigurations',
    namespaced: false,
  },
}

/** Path of a collection, or of one object in it when `name` is given. */
export const pathOf = (kind: Kind, namespace?: string, name?: string): string => {
  const { apiVersion, plural, namespaced } = resources[kind]
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const scope = namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${root}${scope}/${plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`
}

/** One object, addressed: `namespace` is absent for cluster-scoped kinds. */
export interface Ref<K extends Kind = Kind> {
  readonly kind: K
  readonly namespace?: string
  readonly name: string
}

/** The settings of the cluster: the one KubeOpenCodeConfig that counts. */
export const configRef = { kind: 'KubeOpenCodeConfig', name: CONFIG_NAME } as const satisfies Ref

/** `Task default/hello`, for messages and logs. */
export const describeRef = ({ kind, namespace, name }: Ref): string =>
  `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`

/** Address of an object that says its kind. */
export const refOf = (object: KubeObject): Ref => ({
  kind: object.kind as Kind,
  name: object.metadata?.name ?? '',
  ...(object.metadata?.namespace !== undefined && { namespace: object.metadata.namespace }),
})

/** Owner of `object` in the sense of the garbage collector: the one reference with `controller: true`. */
export const isControlledBy = (object: KubeObject, uid: string | undefined): boolean =>
  uid !== undefined &&
  (object.metadata?.ownerReferences ?? []).some((owner) => owner.controller === true && owner.uid === uid)

const ownerReference = (parent: KubeObject): KubeObject['metadata'] => ({
  ownerReferences: [
    {
      apiVersion: parent.apiVersion ?? '',
      kind: parent.kind ?? '',
      name: parent.metadata?.name ?? '',
      uid: parent.metadata?.uid ?? '',
      controller: true,
      blockOwnerDeletion: true,
    },
  ],
})

/** A child of `parent`: in its namespace, deleted with it by the garbage collector. */
export const ownedBy = <T extends KubeObject>(parent: KubeObject, child: T): T => ({
  ...child,
  metadata: { ...child.metadata, namespace: parent.metadata?.namespace ?? '', ...ownerReference(parent) },
})

/** Reasons of a waiting container that pass by themselves. */
export const ordinaryWaits: readonly string[] = ['ContainerCreating', 'PodInitializing']
