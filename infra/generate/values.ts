import * as z from 'zod'
import { builtIn, taskClients } from '../../functions/workload/settings.ts'
import { images, version } from '../../shared/images.ts'
import { logLevels } from '../log.ts'
import { certificateModes } from './certificates.ts'
import { spread } from './disruption.ts'
import { defaults } from './install.ts'
import { Monitoring } from './monitoring.ts'

const texts = z.record(z.string(), z.string())
/** Passed on as it is; the apiserver knows its fields. */
const passed = z.looseObject({})

const quantities = z.record(z.string(), z.union([z.string(), z.number()]))
const Resources = z.strictObject({
  requests: quantities.optional(),
  limits: quantities.optional(),
  claims: z.array(passed).optional(),
})

const SpreadConstraint = z.strictObject({
  maxSkew: z.int().min(1),
  minDomains: z.int().min(1).optional(),
  topologyKey: z.string().min(1),
  whenUnsatisfiable: z.enum(['DoNotSchedule', 'ScheduleAnyway']),
  labelSelector: passed.optional(),
  matchLabelKeys: z.array(z.string().min(1)).optional(),
  nodeAffinityPolicy: z.enum(['Honor', 'Ignore']).optional(),
  nodeTaintsPolicy: z.enum(['Honor', 'Ignore']).optional(),
})

const Toleration = z.strictObject({
  key: z.string().optional(),
  operator: z.enum(['Equal', 'Exists', 'Lt', 'Gt']).optional(),
  value: z.string().optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
  tolerationSeconds: z.int().optional(),
})

const Affinity = z.strictObject({
  nodeAffinity: passed.optional(),
  podAffinity: passed.optional(),
  podAntiAffinity: passed.optional(),
})

const Account = z
  .strictObject({
    create: z.boolean().default(true).describe('false where it is there already, under the name below.'),
    name: z.string().default('').describe('Empty for the name of the Deployment.'),
    annotations: texts.default({}).describe('Such as eks.amazonaws.com/role-arn.'),
  })
  .prefault({})

/** What both programs take in their Pods, each for itself. */
const additions = {
  extraEnv: z
    .array(z.looseObject({ name: z.string().min(1) }))
    .default([])
    .describe('More variables, such as those of a proxy (docs/install.md).'),
  extraVolumes: z
    .array(z.looseObject({ name: z.string().min(1) }))
    .default([])
    .describe('More volumes, as in a Pod.'),
  extraVolumeMounts: z
    .array(z.looseObject({ name: z.string().min(1), mountPath: z.string().min(1) }))
    .default([])
    .describe('Where these are.'),
}

/** What selects our objects says the chart alone; a second word of these names would make another installation of it. */
const ownLabels = [
  ...['name', 'component', 'version', 'managed-by'].map((name) => `app.kubernetes.io/${name}`),
  'helm.sh/chart',
]
const labels = texts.meta({ propertyNames: { not: { enum: ownLabels } } })

const Peer = z.strictObject({
  ipBlock: z.strictObject({ cidr: z.string().min(1), except: z.array(z.string().min(1)).optional() }).optional(),
  namespaceSelector: passed.optional(),
  podSelector: passed.optional(),
})
const Peers = z.array(Peer).default([])

/** Values of the chart. Their descriptions and defaults become values.yaml and values.schema.json. */
export const Values = z.strictObject({
  image: z
    .strictObject({
      repository: z
        .string()
        .min(1)
        .default(images.system.slice(0, -`:${version}`.length)),
      tag: z.string().default('').describe("Empty for the chart's appVersion."),
      digest: z
        .string()
        .regex(/^(sha256:[0-9a-f]{64})?$/)
        .default('')
        .describe('Such as sha256:…; takes the place of the tag.'),
      pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).default('IfNotPresent'),
    })
    .prefault({})
    .describe('The image of the controller and of the helpers that run inside Pods.'),
  agentImages: z
    .strictObject({
      agent: z.string().min(1).default(images.agent).describe('Init image that brings OpenCode.'),
      executor: z.string().min(1).default(images.executor).describe('Where an agent works.'),
      attach: z.string().min(1).default(images.attach).describe("Where a Task waits for an Agent's server."),
    })
    .prefault({})
    .describe('Images of Agents and Tasks that name none of their own.'),
  imagePullSecrets: z
    .array(z.strictObject({ name: z.string().min(1) }))
    .default([])
    .describe('Of the controller and the server, in the namespace of the release; Agents name their own.'),
  replicas: z
    .int()
    .min(1)
    .default(defaults.replicas)
    .describe('Copies of the controller. None leads; with two or more, admission stays up while a node is drained.'),
  logLevel: z.enum(logLevels).default(defaults.logLevel),
  podStartTimeoutSeconds: z
    .int()
    .min(1)
    .default(builtIn.podStartTimeoutSeconds)
    .describe('How long the Pod of a Task may fail to start before the Task fails.'),
  taskClient: z
    .enum(taskClients)
    .default(builtIn.taskClient)
    .describe("What runs in a Task's Pod: the project's runner, or opencode for OpenCode's own `run`."),
  certificates: z
    .strictObject({
      mode: z
        .enum(certificateModes)
        .default('own')
        .describe('own: the controller makes and renews it. cert-manager: that must be installed before.'),
    })
    .prefault({})
    .describe('The certificate of the webhooks.'),
  server: z
    .strictObject({
      enabled: z.boolean().default(true),
      replicas: z
        .int()
        .min(1)
        .default(defaults.server.replicas)
        .describe(
          'With more than one, make Secret kubeopencode-server-sessions (docs/api.md), so that all know a login.',
        ),
      basePath: z
        .string()
        .regex(/^(\/|(\/[\w.~-]+)+)$/)
        .default(defaults.server.basePath)
        .describe('Where it is mounted, such as /kubeopencode.'),
      hosts: z
        .array(z.string().min(1))
        .default([])
        .describe('Names it may be called by, without a port; any if empty.'),
      resources: Resources.default(defaults.server.resources),
      serviceAccount: Account.describe('It needs no rights.'),
      podLabels: labels.default({}).describe('Beside those of all.'),
      podAnnotations: texts.default({}).describe('Beside those of all.'),
      nodeSelector: texts.default({}).describe('In place of that of all; so are the next two.'),
      tolerations: z.array(Toleration).default([]),
      affinity: Affinity.default({}),
      ...additions,
      oidc: z
        .strictObject({
          issuer: z
            .string()
            .regex(/^(https:\/\/.+)?$/)
            .default('')
            .describe(
              'Address of an identity provider that the apiserver trusts, exactly as it knows it; off if empty.',
            ),
          clientId: z.string().default('').describe('The audience that the apiserver asks for.'),
          scopes: z.array(z.string().min(1)).default(['openid', 'profile', 'email']),
          externalUrl: z
            .string()
            .regex(/^(https?:\/\/[^/]+)?$/)
            .default('')
            .describe('Where browsers find this server, such as https://koc.example.com, without the base path.'),
        })
        .prefault({})
        .describe(
          'Log in with OpenID Connect. Secret kubeopencode-server-oidc may hold client-secret and ca.crt (docs/api.md).',
        ),
      ingress: z
        .strictObject({
          enabled: z.boolean().default(false),
          className: z.string().default(''),
          host: z.string().default(''),
          annotations: texts.default({}),
          tls: z.array(passed).default([]).describe('As in an Ingress: hosts and secretName. Logins need TLS.'),
        })
        .prefault({}),
      httpRoute: z
        .strictObject({
          enabled: z.boolean().default(false),
          parentRefs: z.array(passed).default([]).describe('Gateways, as in an HTTPRoute.'),
          hostnames: z.array(z.string().min(1)).default([]),
        })
        .prefault({}),
    })
    .prefault({})
    .describe('The API on :2746. It has no rights of its own: every request is made with the token of whoever asks.'),
  monitoring: Monitoring,
  cloudEvents: z
    .strictObject({
      broker: z
        .string()
        .regex(/^(https?:\/\/.+)?$/)
        .default('')
        .describe(
          'Address that the controller posts them to; off if empty. It delivers to Service kubeopencode-events.',
        ),
    })
    .prefault({})
    .describe('Hints through a broker of your own, such as one of Knative (docs/cloudevents.md).'),
  trustedCA: z
    .strictObject({
      configMap: z
        .string()
        .default('')
        .describe('In the namespace of the release, such as one of trust-manager; off if empty.'),
      key: z.string().min(1).default('ca.crt'),
    })
    .prefault({})
    .describe(
      'Authorities that the controller and the server trust beside the public ones: of a collector of traces, a broker, an identity provider, a proxy.',
    ),
  crds: z
    .strictObject({
      install: z.boolean().default(true).describe('false where others install and upgrade them.'),
      annotations: texts
        .default({})
        .describe('Such as argocd.argoproj.io/sync-options: Prune=false (docs/install.md).'),
    })
    .prefault({})
    .describe('The CustomResourceDefinitions. They are upgraded with the chart and stay when it is uninstalled.'),
  resources: Resources.default(defaults.resources).describe("Of the controller's container."),
  terminationGracePeriodSeconds: z.int().min(10).default(defaults.terminationGracePeriodSeconds),
  podDisruptionBudget: z
    .strictObject({
      enabled: z.boolean().default(true),
      maxUnavailable: z
        .union([z.int().min(1), z.string().regex(/^[1-9][0-9]?%$/)])
        .default(defaults.disruptions.maxUnavailable)
        .describe('Copies that may be away at once: a number, or such as 50%.'),
    })
    .prefault({})
    .describe('Of the controller and of the server, each where it has more than one copy.'),
  networkPolicy: z
    .strictObject({
      enabled: z.boolean().default(true),
      webhooksFrom: Peers.describe(
        'Who may call the webhooks. Set it only to where the apiserver is (an ipBlock, as it is seldom a Pod): others shut it out.',
      ),
      metricsFrom: Peers.describe('Who may read metrics, such as the namespace of Prometheus.'),
      serverFrom: Peers.describe('Who may call the API, such as the namespace of the ingress controller.'),
      brokerFrom: Peers.describe(
        'Who may deliver hints where cloudEvents.broker is set, such as the namespace of the broker.',
      ),
      egress: z
        .array(z.strictObject({ to: z.array(Peer).optional(), ports: z.array(passed).optional() }))
        .default([])
        .describe(
          'What the Pods may reach, as in a NetworkPolicy. They need DNS and the apiserver; the server its identity provider too, the controller its collector of traces and its broker.',
        ),
    })
    .prefault({})
    .describe(
      'Lets in what is served and nothing else. Lists are as in a NetworkPolicy; empty is anybody, and anything.',
    ),
  serviceAccount: Account.describe("The controller's. Its rights are bound to it, whoever makes it."),
  commonLabels: labels.default({}).describe('On every object and on the Pods.'),
  podLabels: labels.default({}).describe('On the Pods of the controller and the server.'),
  podAnnotations: texts.default({}).describe('The same.'),
  ...additions,
  nodeSelector: texts.default({}),
  tolerations: z.array(Toleration).default([]),
  affinity: Affinity.default({}),
  topologySpreadConstraints: z
    .array(SpreadConstraint)
    .default(spread)
    .describe('Over what the copies are spread; one without a labelSelector counts the copies of its own Deployment.'),
  priorityClassName: z.string().default('').describe('system-cluster-critical keeps admission up on full nodes.'),
  global: passed.optional().describe('What a parent chart shares with all its parts; not read here.'),
})
