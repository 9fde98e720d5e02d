import type { Row } from './row.ts'
import { agent, context, cronTask, git, refused, refusedByWebhook, taken, task, warned } from './row.ts'

const elsewhere = ['other/name', '../other', '/name', 'Name', 'a b', '-a', 'a'.repeat(254), '']
const plainName = 'must be the plain name of an object in the same namespace'
const long = (letter: string, length: number): string => letter.repeat(length)
const account = 'spec.serviceAccountName'
const pod = (podSpec: object, level?: 'baseline' | 'restricted') => ({ ...agent({ podSpec }), ...(level && { level }) })
const strict = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
}

/** References, names, rights. */
export const objectRows: readonly Row[] = [
  ...taken(31, (description) => task({ description }), ['--attach=http://evil', '--share', '-h']),
  ...taken(32, (description) => task({ description }), ['x'.repeat(200 * 1024)]),
  ...refused(32, 'spec.description', '', (description) => task({ description }), ['x'.repeat(524_289)]),
  ...taken(35, (description) => task({ description }), ['"; `id`; $(id) \' \\']),
  ...refused(37, 'spec.agentRef.name', '', (name) => task({ agentRef: { name } }), [...elsewhere]),
  ...refused(37, 'spec.templateRef.name', plainName, (name) => agent({ templateRef: { name } }), [
    'other/name',
    '../other',
  ]),
  ...refused(37, 'spec.contexts[0].git.secretRef.name', plainName, (name) => git({ secretRef: { name } }), [
    'other/name',
    '../other',
  ]),
  ...refused(37, 'spec.contexts[0].configMap.name', plainName, (name) => context({ configMap: { name } }), [
    'other/name',
    '../other',
  ]),
  ...refused(
    37,
    'spec.credentials[0].secretRef.name',
    plainName,
    (name) => agent({ credentials: [{ name: 'c', secretRef: { name } }] }),
    ['other/name', '../other'],
  ),
  ...refused(37, 'spec.imagePullSecrets[0].name', plainName, (name) => agent({ imagePullSecrets: [{ name }] }), [
    'other/name',
  ]),
  ...refused(37, account, plainName, (serviceAccountName) => agent({ serviceAccountName }), ['other/name', '../other']),
  ...refusedByWebhook(
    52,
    account,
    'ServiceAccount admin-sa is not allowed in this cluster: use one of agent',
    (name) => ({ ...agent({ serviceAccountName: name }), isClosed: true }),
    ['admin-sa'],
  ),
  ...refusedByWebhook(
    58,
    'spec.executorImage',
    'is not allowed in this cluster: use one of registry.example.com/team',
    (executorImage) => ({ ...agent({ executorImage }), isClosed: true }),
    [
      `debian@sha256:${'a'.repeat(64)}`,
      `registry.example.com/teammate/x@sha256:${'a'.repeat(64)}`,
      `evil.example/registry.example.com/team/x@sha256:${'a'.repeat(64)}`,
    ],
  ),
  ...refusedByWebhook(
    58,
    'spec.attachImage',
    'has no digest',
    (attachImage) => ({ ...agent({ attachImage }), isClosed: true }),
    ['registry.example.com/team/x', 'registry.example.com/team/x:latest', 'registry.example.com/team/x:v1'],
  ),
  ...taken(58, (executorImage) => ({ ...agent({ executorImage }), isClosed: true }), [
    `registry.example.com/team/x:v1@sha256:${'a'.repeat(64)}`,
  ]),
  ...taken(58, (executorImage) => agent({ executorImage }), ['debian', 'registry.example.com/team/x:latest']),
  ...taken(52, (serviceAccountName) => ({ ...agent({ serviceAccountName }), isClosed: true }), ['agent']),

  // 51: a Task says what is to be done and nothing of the Pod; what it says beyond is dropped or refused as unknown.
  ...taken(51, (field) => task({ [String(field)]: { privileged: true } }), ['securityContext', 'podSpec', 'volumes']),
  ...taken(51, (field) => task({ [String(field)]: 'admin' }), ['serviceAccountName', 'runtimeClassName']),
  ...refused(
    51,
    'spec',
    'only one of agentRef or templateRef can be specified',
    (templateRef) => task({ templateRef }),
    [{ name: 't' }],
  ),

  ...warned(
    55,
    'spec.podSpec.securityContext.privileged: makes the agent root on its node',
    (of) => pod({ securityContext: of }),
    [{ ...strict, privileged: true }],
  ),
  ...warned(
    55,
    'spec.podSpec.extraVolumes[0].hostPath: gives the agent files of its node',
    (of) => pod({ extraVolumes: of }),
    [[{ name: 'h', hostPath: { path: '/' } }]],
  ),
  ...warned(
    55,
    'spec.podSpec.securityContext.runAsUser: runs the agent as root',
    (of) => pod({ securityContext: of }, 'baseline'),
    [{ ...strict, runAsUser: 0 }],
  ),
  ...warned(
    55,
    'spec.podSpec.securityContext.allowPrivilegeEscalation: lets a process gain',
    (of) => pod({ securityContext: of }),
    [{ ...strict, allowPrivilegeEscalation: true }],
  ),
  ...(
    [
      ['privileged', { ...strict, privileged: true }],
      ['capabilities.add', { ...strict, capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } }],
      ['procMount', { ...strict, procMount: 'Unmasked' }],
      ['seccompProfile', { ...strict, seccompProfile: { type: 'Unconfined' } }],
    ] as const
  ).flatMap(([field, of]) =>
    (['baseline', 'restricted'] as const).flatMap((level) =>
      refusedByWebhook(
        55,
        `spec.podSpec.securityContext.${field}`,
        `this namespace enforces Pod Security ${level}`,
        (value) => pod({ securityContext: value }, level),
        [of],
      ),
    ),
  ),
  ...(
    [
      ['allowPrivilegeEscalation', { ...strict, allowPrivilegeEscalation: true }],
      ['runAsUser', { ...strict, runAsUser: 0 }],
      ['capabilities.drop', { ...strict, capabilities: {} }],
    ] as const
  ).flatMap(([field, of]) =>
    refusedByWebhook(
      55,
      `spec.podSpec.securityContext.${field}`,
      'enforces Pod Security restricted',
      (value) => pod({ securityContext: value }, 'restricted'),
      [of],
    ),
  ),
  ...refusedByWebhook(
    55,
    'spec.podSpec.extraVolumes[0].hostPath',
    'enforces Pod Security baseline',
    (of) => pod({ extraVolumes: of }, 'baseline'),
    [[{ name: 'h', hostPath: { path: '/' } }]],
  ),
  ...refusedByWebhook(
    55,
    'spec.podSpec.podSecurityContext.sysctls',
    'enforces Pod Security baseline',
    (sysctls) => pod({ podSecurityContext: { sysctls } }, 'baseline'),
    [[{ name: 'kernel.msgmax', value: '1' }]],
  ),
  ...taken(56, (spec) => ({ ...agent(spec as Record<string, unknown>), level: 'restricted' as const }), [
    {},
    { podSpec: { securityContext: strict } },
  ]),

  ...refused(62, 'metadata.name', 'at most 63 characters', (name) => ({ ...task({}), name: String(name) }), [
    long('a', 64),
    long('a', 253),
  ]),
  ...refused(62, 'metadata.name', 'at most 63 characters', (name) => ({ ...agent({}), name: String(name) }), [
    long('a', 64),
  ]),
  ...refused(
    62,
    'metadata.name',
    'start with a letter and have no dots',
    (name) => ({ ...agent({}), name: String(name) }),
    ['1a', 'a.b'],
  ),
  ...refused(62, 'metadata.name', 'at most 52 characters', (name) => ({ ...cronTask({}), name: String(name) }), [
    long('a', 53),
    long('a', 63),
  ]),
  ...refused(
    62,
    'metadata.name',
    "must be named 'cluster'",
    (name) => ({ kind: 'KubeOpenCodeConfig', spec: {}, name: String(name) }),
    ['other'],
  ),
  ...taken(62, (name) => ({ ...task({}), name: String(name) }), [long('a', 63), '1', 'a.b', '1.2.3']),
  ...taken(62, (name) => ({ ...agent({}), name: String(name) }), [long('a', 63)]),
]
