import * as z from 'zod'
import { configObject } from './config-text.ts'
import { Contexts } from './context.ts'
import { Credentials } from './credential.ts'
import { Duration } from './duration.ts'
import { LocalRef } from './metadata.ts'
import { WorkspaceDir } from './paths.ts'
import { Plugins } from './plugin.ts'
import { PodSpec } from './pod-spec.ts'
import { listMap, matches, withRules } from './rules.ts'
import { DnsLabel, Image, ObjectName, Port } from './scalars.ts'
import { Skills } from './skill.ts'

/** The text ends in a ConfigMap, which has at most 1 MiB. */
const LONGEST_CONFIG = 524_288

/** OpenCode's configuration. Without a schema, because a text and an object are both allowed. */
const OpenCodeConfig = z
  .union([
    z
      .string()
      .max(LONGEST_CONFIG)
      .refine((text) => text.length > LONGEST_CONFIG || configObject(text) !== undefined, {
        message: 'must be a JSON object: check quotes, commas and braces',
      }),
    z.record(z.string(), z.unknown()),
  ])
  .meta({ 'x-kubernetes-preserve-unknown-fields': true })

const ref = (kind: string, key: string) =>
  z.object({
    name: ObjectName.describe(`Name of the ${kind}, in the same namespace.`),
    key: z.string().min(1).max(253).exactOptional().describe(`Key with the certificates; ${key} if unset.`),
  })

export const CaBundle = withRules(
  z.object({
    configMapRef: ref('ConfigMap', 'ca-bundle.crt').exactOptional().describe('ConfigMap with the certificates.'),
    secretRef: ref('Secret', 'ca.crt').exactOptional().describe('Secret with the certificates.'),
  }),
  {
    rule: 'has(self.configMapRef) != has(self.secretRef)',
    message: 'exactly one of configMapRef and secretRef must be set',
    holds: ({ configMapRef, secretRef }) => (configMapRef !== undefined) !== (secretRef !== undefined),
  },
)
export type CaBundle = z.infer<typeof CaBundle>

const ProxyUrl = withRules(
  z.string().max(2048),
  matches(/^[!-~]*$/, 'must be a URL such as http://proxy.example.com:8080, without spaces'),
)

export const Proxy = z.object({
  httpProxy: ProxyUrl.exactOptional().describe('Proxy for http:// requests.'),
  httpsProxy: ProxyUrl.exactOptional().describe('Proxy for https:// requests.'),
  noProxy: withRules(
    z.string().max(8192),
    matches(/^[ -~]*$/, 'must be a comma-separated list of hosts, domains and networks on one line'),
  )
    .exactOptional()
    .describe("Hosts that are reached directly, separated by commas. .svc and the cluster's domain are always added."),
})
export type Proxy = z.infer<typeof Proxy>

const ServicePort = z.object({
  name: withRules(DnsLabel.max(15), {
    rule: "self != 'http' && self != 'guard' && !self.startsWith('git-sync')",
    message: "'http', 'guard' and 'git-sync…' are the names of the server's own ports: choose another",
    holds: (name) => name !== 'http' && name !== 'guard' && !name.startsWith('git-sync'),
  }).describe('Name of the port, unique in the list.'),
  port: Port.describe('Number of the port, in the container and in the Service.'),
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP').describe('Transport protocol.'),
})

/** How long a question of the agent waits where nothing else is said. */
export const DEFAULT_APPROVAL_SECONDS = 3600

const Approvals = z.object({
  timeout: Duration.exactOptional().describe(
    'How long a permission or a question waits for a person; 1h if unset. Then it is denied. Only Tasks of an Agent wait: a Task of a template is denied at once.',
  ),
})

/**
 * What a template and an Agent both say. Nothing here has a default at its top level: an Agent's unset field falls to
 * the template, and a default would hide the template's value.
 */
export const executionShape = {
  agentImage: Image.exactOptional().describe('Init image that brings OpenCode into the Pod.'),
  executorImage: Image.exactOptional().describe('Image the agent works in.'),
  attachImage: Image.exactOptional().describe('Small image of Pods that hand a Task to a running Agent.'),
  command: z
    .array(z.string().max(65536))
    .max(128)
    .exactOptional()
    .describe("Replaces the command of the main container. Its exit code alone then decides a Task's result."),
  workspaceDir: WorkspaceDir.exactOptional().describe('Absolute path the agent works in, such as /workspace.'),
  serviceAccountName: ObjectName.exactOptional().describe('ServiceAccount of the Pods.'),
  contexts: Contexts.exactOptional().describe('Knowledge for every Task.'),
  skills: Skills.exactOptional().describe('Repositories with skills.'),
  plugins: Plugins.exactOptional().describe('OpenCode plugins.'),
  credentials: Credentials.exactOptional().describe('Secrets the agent gets, as variables or files.'),
  imagePullSecrets: listMap(z.array(LocalRef).max(32), 'name')
    .exactOptional()
    .describe('Secrets of type kubernetes.io/dockerconfigjson for private registries.'),
  config: OpenCodeConfig.exactOptional().describe('OpenCode configuration, as JSON text or as an object.'),
  approvals: Approvals.exactOptional().describe(
    'What happens when the agent asks a person, as its configuration may say.',
  ),
  podSpec: PodSpec.exactOptional().describe('How the Pods differ from the default.'),
  maxConcurrentTasks: z
    .int32()
    .min(0)
    .exactOptional()
    .describe('How many Tasks may run at once; 0 or unset: any number.'),
  quota: z
    .object({
      maxTaskStarts: z.int32().min(1).describe('How many Tasks may start in any window.'),
      windowSeconds: z.int32().min(60).max(86400).describe('Length of the sliding window.'),
    })
    .exactOptional()
    .describe('How often Tasks may start.'),
  caBundle: CaBundle.exactOptional().describe('Certificate authorities every container trusts in addition.'),
  proxy: Proxy.exactOptional().describe("Proxy of every container; replaces the cluster's."),
  extraPorts: listMap(z.array(ServicePort).max(32), 'name')
    .exactOptional()
    .describe("Ports the Agent's Service offers in addition."),
}
