import type { KindName } from '../kinds.ts'
import type { Json } from './full.ts'
import { object } from './full.ts'

/** Input at the edge of what is allowed; `field` says where it is refused, its absence that it is taken. */
export type Edge = { readonly name: string; readonly kind: KindName; readonly object: Json; readonly field?: string }

const agent = (spec: Json): Json =>
  object('Agent', 'a', { workspaceDir: '/workspace', serviceAccountName: 'a', ...spec })
const task = (spec: Json): Json => object('Task', 't', { agentRef: { name: 'a' }, ...spec })
const cronTask = (spec: Json): Json =>
  object('CronTask', 'c', { schedule: '0 9 * * *', taskTemplate: { spec: { agentRef: { name: 'a' } } }, ...spec })

type Values = { readonly good: readonly unknown[]; readonly bad: readonly unknown[] }

/** One edge for each value that `build` puts at `field`. */
const edges = (kind: KindName, field: string, build: (value: unknown) => Json, { good, bad }: Values): Edge[] => [
  ...good.map((value) => ({ name: `${kind} ${field} takes ${show(value)}`, kind, object: build(value) })),
  ...bad.map((value) => ({ name: `${kind} ${field} refuses ${show(value)}`, kind, object: build(value), field })),
]

const show = (value: unknown): string => JSON.stringify(value).slice(0, 60)

const gitItem = (fields: Json) =>
  agent({ contexts: [{ git: { repository: 'https://h/r', ...fields }, mountPath: 'code' }] })
const named = (kind: KindName, spec: Json) => (name: unknown) => object(kind, String(name), spec)

const repositories: Values = {
  good: [
    'https://git.example.com/a/b.git',
    'https://git.example.com:8443/a?x=y',
    'http://10.0.0.1/a',
    'https://[2001:db8::1]:8443/a',
    'ssh://git@git.example.com:22/a/b',
    'ssh://git.example.com/a',
    'git@git.example.com:team/code.git',
    'https://dev.azure.com/org/pro%20ject/_git/code',
  ],
  bad: [
    '',
    '--upload-pack=touch /tmp/p;',
    "ext::sh -c 'id'",
    'file:///etc',
    '/etc',
    '../code',
    'git@-oProxyCommand=id:x',
    'ssh://-oProxyCommand=id/x',
    'ssh://-l@host/x',
    'https://user:tok@host/x.git',
    'https://tok@host/x.git',
    'https://host',
    'https:///x',
    'https://host/a b',
    'https://host/a\nb',
    'git@host:-x',
    'gopher://host/x',
  ],
}

const mountPaths: Values = {
  good: [
    '.',
    'a/b',
    './a',
    '.scripts',
    '/opt/x',
    '/toolshed',
    '/data/mine',
    '/etc/app.conf',
    '/home/agent/.ssh',
    'a..b',
  ],
  bad: [
    '',
    '..',
    'a/../../b',
    '/workspace/../etc/passwd',
    '/',
    '//',
    '/./',
    '/tools',
    '/tools/',
    '/tools/opencode',
    '//tools//x',
    '/./tools/x',
    '/data',
    '/data//sessions/x',
    '/data/./sessions',
    '/var/run/secrets/kubernetes.io',
    '/run/secrets/x',
    '/var',
    '/var/run/',
    '/proc/x',
    '/sys',
    '/dev/null',
    '/etc',
    '/etc/ssl/certs/x',
    '/git/x',
    '/skills/x',
    '/plugins',
    'a:b',
    'a\u0000b',
    'a\\b',
  ],
}

const refs: Values = {
  good: [
    'HEAD',
    'main',
    'feature/x',
    'v1.2.3',
    'refs/tags/v1',
    '0123456789abcdef0123456789abcdef01234567',
    'fix#12',
    'ä',
  ],
  bad: [
    '',
    '-x',
    '--upload-pack=touch /tmp/p;',
    'a..b',
    'a b',
    'a:b',
    'a^',
    'a~1',
    'a@{1}',
    'a/',
    'a//b',
    'a.',
    'a\nb',
  ],
}

const names: Values = {
  good: ['a', '1', 'a.b', 'a-b', 'a'.repeat(63), '1'.repeat(63)],
  bad: ['a'.repeat(64), 'a'.repeat(253)],
}

/** Variables that change which code runs. */
export const reservedVariables = [
  'LD_PRELOAD',
  'LD_LIBRARY_PATH',
  'PATH',
  'NODE_OPTIONS',
  'BASH_ENV',
  'GIT_SSH_COMMAND',
  'GIT_CONFIG_COUNT',
  'KUBERNETES_SERVICE_HOST',
]

const task63 = { agentRef: { name: 'a' } }
const template = { workspaceDir: '/w', serviceAccountName: 'a' }

/** The classes of quality that a schema can refuse, and their harmless neighbours. */
export const edgeSamples: readonly Edge[] = [
  ...edges('Agent', 'spec.contexts[0].git.repository', (repository) => gitItem({ repository }), repositories),
  ...edges('Agent', 'spec.contexts[0].git.ref', (ref) => gitItem({ ref }), refs),
  ...edges('Agent', 'spec.contexts[0].git.path', (path) => gitItem({ path }), {
    good: ['', 'docs', 'docs/', './docs', 'a..b/c'],
    bad: ['/etc', '..', 'a/../b', '../../../var/run/secrets/kubernetes.io/serviceaccount', 'a\\b'],
  }),
  ...edges('Agent', 'spec.contexts[0].git.depth', (depth) => gitItem({ depth }), { good: [0, 1, 50], bad: [-1, 1.5] }),
  ...edges(
    'Task',
    'spec.contexts[0].mountPath',
    (mountPath) => task({ contexts: [{ text: 'x', mountPath }] }),
    mountPaths,
  ),
  ...edges('Task', 'spec.contexts[0].fileMode', (fileMode) => task({ contexts: [{ text: 'x', fileMode }] }), {
    good: [0, 0o755, 0o777],
    bad: [-1, 0o4777, 99999, '0644'],
  }),
  ...edges('Task', 'spec.contexts[0].url.source', (source) => task({ contexts: [{ url: { source } }] }), {
    good: [
      'https://a.example.com',
      'http://10.0.0.1:8080/x?y#z',
      'https://[2001:db8::1]/x',
      'https://a_b.example.com/',
      'https://127.example.com/',
      'https://localhost.example.com/',
    ],
    bad: [
      'http://169.254.169.254/latest/meta-data',
      'http://[fd00:ec2::254]/',
      'http://metadata.google.internal/computeMetadata',
      'http://127.0.0.1:10250',
      'http://[::1]',
      'http://0.0.0.0',
      'http://LocalHost:8080/',
      'http://a.localhost',
      'http://[::ffff:a9fe:a9fe]/',
      'gopher://a/',
      'file:///etc/passwd',
      'data:text/plain,x',
      'https://u:p@a/',
      'https://',
      'https://a/ b',
      '-o',
    ],
  }),
  ...edges(
    'Task',
    'spec.contexts[0].url.headers.A',
    (A) => task({ contexts: [{ url: { source: 'https://a/', headers: { A } } }] }),
    {
      good: ['', 'text/plain; q=0.5', 'ä'],
      bad: ['a\r\nHost: b', 'a\u0000'],
    },
  ),
  ...edges('Task', 'spec.agentRef.name', (name) => task({ agentRef: { name } }), {
    good: ['a', 'a.b-1'],
    bad: ['', 'ns/name', '../ns', 'A', '-a', 'a'.repeat(254)],
  }),
  ...edges('Task', 'spec.timeout', (timeout) => task({ timeout }), {
    good: ['30m', '1h30m', '90s', '1.5h', '100ms', '2562047h'],
    bad: ['', '30', '0s', '-5m', '5 m', '1d', '9999999999h', '1h-30m', 30],
  }),
  ...edges('Task', 'spec.description', (description) => task({ description }), {
    good: ['', '--attach=http://evil', 'x'.repeat(200 * 1024)],
    bad: ['x'.repeat(524289)],
  }),
  ...edges('Agent', 'spec.workspaceDir', (workspaceDir) => agent({ workspaceDir }), {
    good: ['/workspace', '/home/agent/work', '/data/work', '/w/'],
    bad: ['', '/', 'workspace', '/a b', '/a;id', '/$(id)', '/a/../b', '/tools', '/var/run', '/etc', '/data', '//'],
  }),
  ...edges(
    'Agent',
    'spec.credentials[0].env',
    (env) => agent({ credentials: [{ name: 'a', secretRef: { name: 's', key: 'k' }, env }] }),
    { good: ['OPENCODE_API_KEY', '_x', 'GITHUB_TOKEN', 'PATHS'], bad: ['', '1A', 'A-B', 'A=B', ...reservedVariables] },
  ),
  ...edges(
    'Agent',
    'spec.podSpec.extraEnv[0].name',
    (name) => agent({ podSpec: { extraEnv: [{ name, value: '' }] } }),
    {
      good: ['A', 'HOME'],
      bad: reservedVariables,
    },
  ),
  ...edges(
    'Agent',
    'spec.credentials[0].mountPath',
    (mountPath) => agent({ credentials: [{ name: 'a', secretRef: { name: 's', key: 'k' }, mountPath }] }),
    { good: ['/home/agent/.ssh/id_rsa'], bad: ['', 'relative', '/a/../b', '/tools/x', '/var/run/secrets/x'] },
  ),
  ...edges(
    'Agent',
    'spec.quota.windowSeconds',
    (windowSeconds) => agent({ quota: { maxTaskStarts: 1, windowSeconds } }),
    {
      good: [60, 86400],
      bad: [59, 86401],
    },
  ),
  ...edges(
    'Agent',
    'spec.skills[0].name',
    (name) => agent({ skills: [{ name, git: { repository: 'https://h/r' } }] }),
    {
      good: ['a', '1-a', 'a'.repeat(63)],
      bad: ['', '../x', 'A', 'a.b', 'a'.repeat(64)],
    },
  ),
  ...edges(
    'Agent',
    'spec.podSpec.resources.limits.memory',
    (memory) => agent({ podSpec: { resources: { limits: { memory } } } }),
    {
      good: ['4Gi', 2, '1e3', '.5Gi', '500m'],
      bad: ['four', '4 Gi', '4GiB', true],
    },
  ),
  ...edges('Agent', 'spec.persistence.sessions.size', (size) => agent({ persistence: { sessions: { size } } }), {
    good: ['1Gi', '0.5Ti', '1000000'],
    bad: ['', '0', '0Gi', '-1Gi', 'big', '1gb'],
  }),
  ...edges('CronTask', 'spec.schedule', (schedule) => cronTask({ schedule }), {
    good: ['*/5 * * * *', '0 9 * * MON-FRI', '0\t0 1,15 * *'],
    bad: ['', '@daily', '* * * *', '* * * * * *', ' * * * * *', 'TZ=UTC * * * * *', `${'1,'.repeat(10_000)} * * * *`],
  }),
  ...edges('CronTask', 'spec.timeZone', (timeZone) => cronTask({ timeZone }), {
    good: ['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5'],
    bad: ['', '../../etc/passwd', 'Local', 'local', '/etc/localtime', 'Europe/ Berlin'],
  }),
  ...edges('Task', 'metadata.name', named('Task', task63), names),
  ...edges('AgentTemplate', 'metadata.name', named('AgentTemplate', template), names),
  ...edges('Agent', 'metadata.name', named('Agent', template), {
    good: ['a', 'a-1', 'a'.repeat(63)],
    bad: ['1', '1-a', 'a.b', 'a'.repeat(64), 'a'.repeat(253)],
  }),
  ...edges('CronTask', 'metadata.name', named('CronTask', { schedule: '0 9 * * *', taskTemplate: { spec: task63 } }), {
    good: ['a.b', '1', 'a'.repeat(52)],
    bad: ['a'.repeat(53), 'a'.repeat(63)],
  }),
  ...edges('KubeOpenCodeConfig', 'metadata.name', named('KubeOpenCodeConfig', {}), {
    good: ['cluster'],
    bad: ['clusters'],
  }),
]

/** Refused by the webhook and by lint, taken by the apiserver: what neither a structural schema nor CEL can say. */
export const beyondCel: readonly Edge[] = [
  ...edges('Agent', 'spec.config', (config) => agent({ config }), {
    good: [],
    bad: ['', '{', '[]', '"text"', 'model: x'],
  }),
  ...['Host', 'authorization', 'Proxy-Authorization', 'Cookie', 'a b', 'a\r\nb'].map((header) => ({
    name: `Task header ${show(header)}`,
    kind: 'Task' as const,
    object: task({ contexts: [{ url: { source: 'https://a/', headers: { [header]: 'x' } } }] }),
    field: 'spec.contexts[0].url.headers',
  })),
]
