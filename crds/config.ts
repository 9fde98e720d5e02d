import * as z from 'zod'
import { Proxy } from './execution.ts'
import type { Kind } from './kind.ts'
import { age, objectOf } from './kind.ts'
import { Conditions, ObservedGeneration } from './metadata.ts'
import { CONFIG_NAME, DEFAULT_CLUSTER_DOMAIN } from './names.ts'
import { listSet, matches, withRules } from './rules.ts'
import { Image, ObjectName } from './scalars.ts'

const Host = withRules(
  z.string().max(253),
  matches(
    /^(\*\.)?[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:[0-9]+)?$/,
    'must be a host such as git.example.com, git.example.com:8443 or *.example.com',
  ),
)

const Repository = withRules(
  z.string().max(512),
  matches(
    /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[0-9]+)?(\/[a-z0-9]([-a-z0-9._]*[a-z0-9])?)*$/,
    'must be a registry with or without a path, such as registry.example.com or docker.io/library',
  ),
)

/** Every field has a default, so that `KubeOpenCodeConfigSpec.parse({})` is what holds where no such object exists. */
export const KubeOpenCodeConfigSpec = z.object({
  clusterDomain: withRules(
    z.string().max(253),
    matches(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'must be a DNS name such as cluster.local'),
  )
    .default(DEFAULT_CLUSTER_DOMAIN)
    .describe('DNS domain of the cluster.'),
  systemImage: z
    .object({
      image: Image.exactOptional().describe("Image of the project's own containers."),
      imagePullPolicy: z
        .enum(['Always', 'IfNotPresent', 'Never'])
        .exactOptional()
        .describe('When to pull it. Unset: Always for :latest or no tag, else IfNotPresent.'),
    })
    .exactOptional()
    .describe("The project's own containers in Pods of Agents and Tasks."),
  proxy: Proxy.exactOptional().describe('Proxy of every Agent and template that has none.'),
  cleanup: z
    .object({
      ttlSecondsAfterFinished: z
        .int()
        .min(0)
        .exactOptional()
        .describe('How long a finished Task is kept; for ever if unset.'),
      maxRetainedTasks: z
        .int32()
        .min(0)
        .exactOptional()
        .describe('How many finished Tasks each namespace keeps, oldest deleted first; all if unset.'),
    })
    .exactOptional()
    .describe('When finished Tasks are deleted.'),
  security: z
    .object({
      allowedGitHosts: listSet(z.array(Host).max(256))
        .exactOptional()
        .describe('Hosts that contexts and skills may be cloned from; any if unset.'),
      allowedURLHosts: listSet(z.array(Host).max(256))
        .exactOptional()
        .describe('Hosts that contexts may be fetched from; any if unset.'),
      allowPrivateAddresses: z
        .boolean()
        .default(true)
        .describe('Whether contexts may be fetched from private addresses. Loopback and metadata addresses never are.'),
      allowedServiceAccounts: listSet(z.array(ObjectName).max(256))
        .exactOptional()
        .describe('ServiceAccounts that Agents and templates may use; any if unset.'),
      allowedImages: listSet(z.array(Repository).max(256))
        .exactOptional()
        .describe(
          'Registries and repositories that images of Agents and templates may come from, such as registry.example.com/team; any if unset.',
        ),
      requireImageDigest: z
        .boolean()
        .default(false)
        .describe('Whether images of Agents and templates have to be named by their digest, as name@sha256:….'),
      requireServerPassword: z
        .boolean()
        .default(true)
        .describe("Whether every Agent's server has a password of its own, in the Secret {agent}-server-auth."),
    })
    .prefault({})
    .describe('What Agents and Tasks may reach and use.'),
})
export type KubeOpenCodeConfigSpec = z.infer<typeof KubeOpenCodeConfigSpec>

export const KubeOpenCodeConfigStatus = z.object({
  observedGeneration: ObservedGeneration.exactOptional(),
  conditions: Conditions.exactOptional(),
})
export type KubeOpenCodeConfigStatus = z.infer<typeof KubeOpenCodeConfigStatus>

export const KubeOpenCodeConfig = withRules(
  objectOf(
    'KubeOpenCodeConfig',
    KubeOpenCodeConfigSpec.prefault({}).describe('Settings of the whole cluster.'),
    KubeOpenCodeConfigStatus.describe('What is known of the settings.'),
  ),
  {
    rule: `self.metadata.name == '${CONFIG_NAME}'`,
    message: "KubeOpenCodeConfig must be named 'cluster'",
    holds: ({ metadata }) => metadata.name === CONFIG_NAME,
    field: 'metadata.name',
  },
)
export type KubeOpenCodeConfig = z.infer<typeof KubeOpenCodeConfig>

export const KubeOpenCodeConfigKind = {
  kind: 'KubeOpenCodeConfig',
  plural: 'kubeopencodeconfigs',
  singular: 'kubeopencodeconfig',
  shortNames: ['ktc'],
  categories: ['kubeopencode'],
  scope: 'Cluster',
  description: "Settings of the whole cluster. Only the one named 'cluster' exists.",
  columns: [
    {
      name: 'Ready',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].status',
      description: 'Whether the settings are in use.',
    },
    age,
  ],
  selectableFields: [],
  object: KubeOpenCodeConfig,
} as const satisfies Kind
