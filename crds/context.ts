import * as z from 'zod'
import { Duration } from './duration.ts'
import { gitShape } from './git.ts'
import { LocalRef } from './metadata.ts'
import { MountPath } from './paths.ts'
import type { Rule } from './rules.ts'
import { matches, matchesNot, withRules } from './rules.ts'
import { FileMode, ObjectName } from './scalars.ts'

export const contextTypes = ['Text', 'ConfigMap', 'Git', 'Runtime', 'URL'] as const
export type ContextType = (typeof contextTypes)[number]

/** The member that carries the content of each type. */
const memberOf = { Text: 'text', ConfigMap: 'configMap', Git: 'git', Runtime: 'runtime', URL: 'url' } as const

const ConfigMapContext = z.object({
  name: ObjectName.describe('Name of the ConfigMap, in the same namespace.'),
  key: z.string().min(1).max(253).exactOptional().describe('One key of it; every key if unset.'),
  optional: z.boolean().default(false).describe('Whether the ConfigMap or the key may be missing.'),
})

const GitSync = z.object({
  enabled: z.boolean().default(false).describe('Whether to follow the remote.'),
  interval: Duration.default('5m').describe('How often to look at the remote.'),
  policy: z
    .enum(['HotReload', 'Rollout'])
    .default('HotReload')
    .describe('HotReload changes the files in place; Rollout restarts the server once no Task is active.'),
})

const GitContext = z.object({
  ...gitShape,
  sync: GitSync.exactOptional().describe('How an Agent follows the remote; unset means it keeps the first clone.'),
})

/** Headers that decide who is asked and as whom, or how the message is framed. */
const RESERVED_HEADER =
  /^(host|authorization|proxy-.*|cookie|connection|content-length|transfer-encoding|te|trailer|upgrade)$/i
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/

/** Ways to write the node itself, its link and the cloud's metadata; the webhooks know every other way. */
const FORBIDDEN_HOST =
  /^https?:\/\/(([^/?#]*\.)?[Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss][Tt]\.?|[Mm][Ee][Tt][Aa][Dd][Aa][Tt][Aa](\.[Gg][Oo][Oo][Gg][Ll][Ee]\.[Ii][Nn][Tt][Ee][Rr][Nn][Aa][Ll])?\.?|(127|0|169\.254)\.[0-9.]*|100\.100\.100\.200|\[::1?\]|\[[Ff][Ee]80:[^\]]*\]|\[[Ff][Dd]00:[Ee][Cc]2:[^\]]*\]|\[::[Ff][Ff][Ff][Ff]:[^\]]*\])(:[0-9]+)?([/?#].*)?$/

const UrlContext = z.object({
  source: withRules(
    z.string().max(2048),
    matches(
      /^https?:\/\/([^/?#@]*@)?([A-Za-z0-9]([-A-Za-z0-9._]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?([/?#][!-~]*)?$/,
      'must be a URL of the form https://host/path or http://host/path',
    ),
    matchesNot(/^https?:\/\/[^/?#]*@/, 'must not contain credentials: put them in a Secret and name it in secretRef'),
    matchesNot(FORBIDDEN_HOST, 'must not be a loopback, link-local or metadata address: use another host'),
  ).describe('Where to fetch from, by HTTP or HTTPS.'),
  headers: z
    .record(
      z.string(),
      z
        .string()
        .max(4096)
        .regex(/^[^\x00-\x08\x0a-\x1f\x7f]*$/),
    )
    .refine((headers) => Object.keys(headers).length <= 32, { message: 'must not have more than 32 headers' })
    // CEL has no bound for the length of a key, so the cost of this rule cannot be accepted by the apiserver.
    .refine((headers) => Object.keys(headers).every((name) => HEADER_NAME.test(name) && !RESERVED_HEADER.test(name)), {
      message: 'must be names of plain request headers: credentials belong in secretRef, Host follows from source',
    })
    .meta({ maxProperties: 32 })
    .exactOptional()
    .describe('Request headers, by name. Credentials belong in secretRef.'),
  secretRef: LocalRef.exactOptional().describe(
    'Secret with token, with username and password, or with a whole header.',
  ),
  insecureSkipTLSVerify: z
    .boolean()
    .default(false)
    .describe("Whether to accept any certificate. Prefer the Agent's caBundle."),
  timeout: z.int32().min(1).max(3600).default(30).describe('Seconds the download may take.'),
})

const ContextShape = z.object({
  name: withRules(
    z.string().max(54),
    matches(
      /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/,
      'must be made of letters, digits, -, _ and ., starting and ending with a letter or digit',
    ),
  )
    .exactOptional()
    .describe('Name of the context, unique in its list; shown in the status and in annotations.'),
  description: z.string().max(4096).exactOptional().describe('What the context is for.'),
  type: z
    .enum(contextTypes)
    .exactOptional()
    .describe(
      'Where the content comes from. Inferred when exactly one of text, configMap, git, runtime and url is set.',
    ),
  mountPath: MountPath.exactOptional().describe(
    'Where to put the content: relative to workspaceDir or absolute. Unset: it is added to .kubeopencode/context.md.',
  ),
  fileMode: FileMode.default(0o644).describe('Permission bits of the files, 0 to 0777 (511 in decimal).'),
  text: z.string().max(524288).exactOptional().describe('The content itself, for type Text.'),
  configMap: ConfigMapContext.exactOptional().describe('Content of a ConfigMap, for type ConfigMap.'),
  git: GitContext.exactOptional().describe('Content of a Git repository, for type Git.'),
  runtime: z
    .object({})
    .exactOptional()
    .describe('Facts about where the agent runs, written by the project, for type Runtime.'),
  url: UrlContext.exactOptional().describe('Content fetched by HTTP, for type URL.'),
})
type ContextShape = z.infer<typeof ContextShape>

/**
 * The type of an item that does not say it: the one whose member is set.
 * Undefined when none or several are. Takes any JSON, because it is asked before the schema is.
 */
export const inferContextType = (item: object): ContextType | undefined => {
  const set = contextTypes.filter((type) => (item as Record<string, unknown>)[memberOf[type]] !== undefined)
  return set.length === 1 ? set[0] : undefined
}

/** The type of a context, said or inferred. Every context that passed the schema has one. */
export const contextType = (item: Partial<ContextShape>): ContextType | undefined => item.type ?? inferContextType(item)

const isType = (type: ContextType): string => `(has(self.type) ? self.type == '${type}' : has(self.${memberOf[type]}))`

const needs = (type: 'Text' | 'ConfigMap' | 'Git' | 'URL'): Rule<ContextShape> => ({
  rule: `!has(self.type) || self.type != '${type}' || has(self.${memberOf[type]})`,
  message: `${memberOf[type]} is required when type is ${type}`,
  holds: (item) => item.type !== type || item[memberOf[type]] !== undefined,
  field: memberOf[type],
})

/** Knowledge that is given to an agent. */
export const ContextItem = withRules(
  ContextShape,
  {
    rule: `has(self.type) || [${contextTypes.map((type) => `has(self.${memberOf[type]})`).join(', ')}].exists_one(set, set)`,
    message: 'type is required unless exactly one of text, configMap, git, runtime and url is set',
    holds: (item) => contextType(item) !== undefined,
    field: 'type',
  },
  needs('Text'),
  needs('ConfigMap'),
  needs('Git'),
  needs('URL'),
  {
    rule: `!${isType('Git')} || has(self.mountPath)`,
    message: 'mountPath is required for Git context type',
    holds: (item) => contextType(item) !== 'Git' || item.mountPath !== undefined,
    field: 'mountPath',
  },
)
export type ContextItem = z.infer<typeof ContextItem>

export const Contexts = withRules(z.array(ContextItem).max(64), {
  rule: 'self.all(a, !has(a.name) || self.exists_one(b, has(b.name) && b.name == a.name))',
  message: 'every context needs a name of its own, or none',
  holds: (items) => {
    const names = items.flatMap(({ name }) => name ?? [])
    return new Set(names).size === names.length
  },
})
