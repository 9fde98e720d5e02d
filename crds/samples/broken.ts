/** A text that breaks the rule whose message starts so. */
export const brokenTexts: readonly (readonly [messageStart: string, bad: string])[] = [
  ['must be the plain name of an object', '../other/name'],
  ['must be a DNS label', 'Not_A_Label'],
  ['must be an image reference', '--privileged image'],
  ['must be a duration', '-5m'],
  ['must be a size greater than zero', '0Gi'],
  ['must be the name of an environment variable', '1-A'],
  ['is reserved, because it changes which code runs', 'LD_PRELOAD'],
  ['is set by the controller', 'OPENCODE_SERVER_PASSWORD'],
  ["must not contain '..'", '/workspace/../etc/passwd'],
  ['must be a path without control characters', 'a:b'],
  ['must not be in, or cover, a reserved directory', '//tools/./opencode'],
  ['must be an absolute path without', 'relative/path'],
  ['must be an absolute path of letters', '/work space;id'],
  ['must be a relative path inside the repository', '/etc/passwd'],
  ['must stay inside the repository', '../../../var/run/secrets'],
  ['must be a Git URL', '--upload-pack=touch /tmp/p;'],
  ['must not contain credentials', 'https://user:tok@git.example.com/x.git'],
  ['must be a branch, a tag or a commit SHA: it cannot', '--upload-pack=touch'],
  ["must be a branch, a tag or a commit SHA: leave out '..'", 'a..b'],
  ['must be made of letters, digits, -, _ and .', 'a b'],
  ['must be a URL of the form', 'file:///etc/passwd'],
  ['must not be a loopback, link-local', 'http://169.254.169.254/latest/meta-data'],
  ['must be a URL such as http://proxy', 'http://proxy 8080'],
  ['must be a comma-separated list', 'a\nb'],
  ["'http', 'guard' and 'git-sync", 'git-sync-0'],
  ['must be the name of one directory', '../x'],
  ['must be an npm package', '--registry=http://x'],
  ['must have five fields', '@hourly'],
  ['must be the name of an IANA time zone such as Europe/Berlin: Local', 'Local'],
  ['must be the name of an IANA time zone', '../../etc/passwd'],
  ['must be a DNS name', 'Cluster_Local'],
  ['must be a registry', 'https://registry.example.com'],
  ['must be a host', 'https://git.example.com/x'],
]

type Change = (value: unknown) => unknown

const withFields =
  (fields: object): Change =>
  (value) => ({ ...(value as object), ...fields })

const without =
  (...keys: readonly string[]): Change =>
  (value) =>
    Object.fromEntries(Object.entries(value as object).filter(([key]) => !keys.includes(key)))

const named = (name: string): Change => withFields({ metadata: { name } })

/** A change that breaks the rule about numbers, objects or lists whose message starts so. */
export const brokenObjects: readonly (readonly [messageStart: string, change: Change])[] = [
  ['must be permission bits', () => 4777],
  ['type is required unless', () => ({ name: 'nothing' })],
  ['text is required', () => ({ type: 'Text', url: { source: 'https://example.com/' } })],
  ['configMap is required', () => ({ type: 'ConfigMap' })],
  ['git is required', () => ({ type: 'Git', mountPath: 'code' })],
  ['url is required', () => ({ type: 'URL' })],
  ['mountPath is required', () => ({ git: { repository: 'git@git.example.com:a/b' } })],
  ['every context needs a name', () => ['a', 'b'].map((text) => ({ name: 'same', text }))],
  ['env can only be set', withFields({ env: 'A', secretRef: { name: 'whole' } })],
  ['exactly one of configMapRef', () => ({})],
  ['only one of value and valueFrom', withFields({ value: 'x', valueFrom: {} })],
  ['either agentRef or templateRef', without('agentRef', 'templateRef')],
  ['only one of agentRef or templateRef', withFields({ agentRef: { name: 'a' }, templateRef: { name: 't' } })],
  ['workspaceDir is required', without('workspaceDir', 'templateRef')],
  ['serviceAccountName is required', without('serviceAccountName', 'templateRef')],
  ['extraPorts must not repeat', withFields({ port: 8080, extraPorts: [{ name: 'web', port: 8080 }] })],
  ['metadata.name must have at most 63', named('a'.repeat(64))],
  ['metadata.name must have at most 52', named('a'.repeat(53))],
  ['metadata.name must start with a letter', named('1.agent')],
  ["KubeOpenCodeConfig must be named 'cluster'", named('other')],
]
