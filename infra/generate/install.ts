import type { EnvVar, PodSpec, ResourceRequirements, TopologySpreadConstraint } from 'kubernetes-types/core/v1'
import { customResourceDefinition } from '../../crds/crd.ts'
import { kinds } from '../../crds/kinds.ts'
import { SYSTEM_NAMESPACE } from '../../crds/names.ts'
import { builtIn } from '../../functions/workload/settings.ts'
import type { Settings } from '../../functions/workload/settings.ts'
import { imagePullPolicy, images, version } from '../../shared/images.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import type { CertificateMode, Certificates } from './certificates.ts'
import { certificatesOf, certManagerObjects } from './certificates.ts'
import { controller } from './controller.ts'
import { disruptionBudget, spreadOf } from './disruption.ts'
import type { Disruptions } from './disruption.ts'
import type { Events } from './events.ts'
import { eventsService, noEvents } from './events.ts'
import type { Component } from './installation.ts'
import { networkPolicy } from './network.ts'
import type { Reachable } from './network.ts'
import { certificateRights, controllerRights, serverKeyRights, userRoles } from './roles.ts'
import { server } from './server.ts'
import type { Trusted } from './trusted.ts'
import { trustedByAll } from './trusted.ts'
import { webhooks } from './webhooks.ts'

export type Labels = Readonly<Record<string, string>>

/** What may differ from one installation to the next. */
export interface InstallOptions {
  readonly namespace: string
  /** On every object. */
  readonly labels: Labels
  readonly images: Settings['images']
  readonly imagePullPolicy: string
  readonly replicas: number
  readonly resources: ResourceRequirements
  readonly scheduling: Partial<PodSpec>
  /** Over what the copies are spread. */
  readonly spread: Readonly<Record<Component, TopologySpreadConstraint[]>>
  /** Of its Pods: time to end what is under way. */
  readonly terminationGracePeriodSeconds: number
  readonly disruptions: Disruptions
  readonly network: Reachable
  readonly podLabels: Labels
  readonly podAnnotations: Labels
  readonly podStartTimeoutSeconds: string
  readonly taskClient: string
  readonly logLevel: string
  readonly certificates: Certificates
  /** Of a collector of traces; empty where nobody collects them. */
  readonly traces: readonly EnvVar[]
  readonly events: Events
  readonly trusted: Trusted
  readonly server: {
    readonly replicas: number
    readonly resources: ResourceRequirements
    /** `/` for the root, or such as `/kubeopencode`. */
    readonly basePath: string
    /** Comma-separated names it may be called by; `*` for any. */
    readonly hosts: string
    /** Of an identity provider; empty where there is none to log in with. */
    readonly oidc: readonly EnvVar[]
  }
}

/** Enough for one small cluster. A second controller keeps admission up while a node is drained. */
export const defaults = {
  replicas: 2,
  logLevel: 'info',
  // The controller hands its connections on for 2 s, ends requests within 5 s, and then its deliveries.
  terminationGracePeriodSeconds: 30,
  disruptions: { maxUnavailable: 1 },
  resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
  server: {
    replicas: 1,
    resources: { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '512Mi' } },
    basePath: '/',
    hosts: '*',
    oidc: [],
  },
} as const

export const plainOptions = (mode: CertificateMode = 'own', namespace = SYSTEM_NAMESPACE): InstallOptions => ({
  ...defaults,
  namespace,
  labels: { 'app.kubernetes.io/name': 'kubeopencode', 'app.kubernetes.io/version': version },
  images,
  imagePullPolicy: imagePullPolicy(images.system),
  disruptions: defaults.disruptions,
  network: { webhooksFrom: [], metricsFrom: [], serverFrom: [], egressTypes: [], egress: [] },
  scheduling: {},
  spread: { controller: spreadOf('controller'), server: spreadOf('server') },
  podLabels: {},
  podAnnotations: {},
  podStartTimeoutSeconds: String(builtIn.podStartTimeoutSeconds),
  taskClient: builtIn.taskClient,
  certificates: certificatesOf(mode, namespace),
  traces: [],
  events: noEvents,
  trusted: trustedByAll,
})

/** Objects that belong together, in the order in which they are applied. */
export interface Parts {
  readonly crds: readonly KubeObject[]
  readonly rights: readonly KubeObject[]
  readonly roles: readonly KubeObject[]
  readonly controller: readonly KubeObject[]
  readonly server: readonly KubeObject[]
  readonly events: KubeObject
  readonly network: Readonly<Record<Component, KubeObject>>
  readonly disruption: Readonly<Record<Component, KubeObject>>
  readonly webhooks: readonly KubeObject[]
}

export const parts = (options: InstallOptions): Parts => {
  const { namespace, labels } = options
  return {
    crds: kinds.map((kind) => {
      const { metadata, ...crd } = customResourceDefinition(kind)
      const { apiVersion, kind: name, ...rest } = crd
      return { apiVersion, kind: name, metadata: { ...metadata, labels }, ...rest }
    }),
    rights: [...controllerRights(namespace, labels), ...serverKeyRights(namespace, labels)],
    roles: userRoles(labels),
    controller: controller(options),
    server: server(options),
    events: eventsService(options),
    network: { controller: networkPolicy('controller', options), server: networkPolicy('server', options) },
    disruption: { controller: disruptionBudget('controller', options), server: disruptionBudget('server', options) },
    webhooks: webhooks(options),
  }
}

/** What only one way to get the webhooks' certificate needs. */
export const certificatePart = (mode: CertificateMode, options: InstallOptions): readonly KubeObject[] =>
  mode === 'own'
    ? certificateRights(options.namespace, options.labels, webhooks(options))
    : certManagerObjects(options.namespace, options.labels)

const namespaceObject = ({ namespace, labels }: InstallOptions): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: namespace, labels: { ...labels, 'pod-security.kubernetes.io/enforce': 'restricted' } },
})

/** Everything one installation consists of, in the order in which it is applied. */
export const install = (mode: CertificateMode = 'own', options = plainOptions(mode)): KubeObject[] => {
  const {
    crds,
    rights,
    roles,
    network,
    disruption,
    controller: program,
    server: api,
    events,
    webhooks: hooks,
  } = parts(options)
  return [
    namespaceObject(options),
    ...crds,
    ...rights,
    ...certificatePart(mode, options),
    ...roles,
    network.controller,
    network.server,
    // A single copy that may not be evicted would hold up the drain of its node for good.
    ...(options.replicas > 1 ? [disruption.controller] : []),
    ...(options.server.replicas > 1 ? [disruption.server] : []),
    ...program,
    ...(options.events.environment.length > 0 ? [events] : []),
    ...api,
    ...hooks,
  ]
}
