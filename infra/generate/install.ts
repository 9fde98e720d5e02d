import { customResourceDefinition } from '../../crds/crd.ts'
import { kinds } from '../../crds/kinds.ts'
import { SYSTEM_NAMESPACE } from '../../crds/names.ts'
import { builtIn } from '../../functions/workload/settings.ts'
import { imagePullPolicy, images, version } from '../../shared/images.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import type { CertificateMode } from './certificates.ts'
import { certificatesOf, certManagerObjects } from './certificates.ts'
import { controller, controllerAccount } from './controller.ts'
import { disruptionBudget, spreadOf } from './disruption.ts'
import { eventsService, noEvents } from './events.ts'
import type { Component } from './installation.ts'
import { CONTROLLER, SERVER } from './installation.ts'
import { networkPolicy } from './network.ts'
import type { InstallOptions } from './options.ts'
import type { Subject } from './roles.ts'
import { certificateRights, controllerRights, serverKeyRights, userRoles } from './roles.ts'
import { server, serverAccount } from './server.ts'
import { trustedByAll } from './trusted.ts'
import { webhooks } from './webhooks.ts'

const nothingAdded = { podLabels: {}, podAnnotations: {}, scheduling: {}, environment: [], volumes: [], mounts: [] }

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
  additions: {
    controller: { ...nothingAdded, account: { name: CONTROLLER } },
    server: { ...nothingAdded, account: { name: SERVER } },
  },
  spread: { controller: spreadOf('controller'), server: spreadOf('server') },
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
  readonly account: Readonly<Record<Component, KubeObject>>
  readonly controller: readonly KubeObject[]
  readonly server: readonly KubeObject[]
  readonly events: KubeObject
  readonly network: Readonly<Record<Component, KubeObject>>
  readonly disruption: Readonly<Record<Component, KubeObject>>
  readonly webhooks: readonly KubeObject[]
}

const subjectOf = ({ namespace, additions }: InstallOptions): Subject => ({
  kind: 'ServiceAccount',
  name: additions.controller.account.name,
  namespace,
})

export const parts = (options: InstallOptions): Parts => {
  const { labels } = options
  const subject = subjectOf(options)
  return {
    crds: kinds.map((kind) => {
      const { metadata, ...crd } = customResourceDefinition(kind)
      const { apiVersion, kind: name, ...rest } = crd
      return { apiVersion, kind: name, metadata: { ...metadata, labels }, ...rest }
    }),
    rights: [...controllerRights(subject, labels), ...serverKeyRights(subject, labels)],
    roles: userRoles(labels),
    account: { controller: controllerAccount(options), server: serverAccount(options) },
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
    ? certificateRights(subjectOf(options), options.labels, webhooks(options))
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
    account,
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
    account.controller,
    ...program,
    ...(options.events.environment.length > 0 ? [events] : []),
    account.server,
    ...api,
    ...hooks,
  ]
}
