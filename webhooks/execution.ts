import type { AgentSpec } from '../crds/agent.ts'
import type { AgentTemplateSpec } from '../crds/agent-template.ts'
import type { PodSpec } from '../crds/pod-spec.ts'
import { placeFaults } from '../shared/places.ts'
import { configFindings } from './config-notes.ts'
import { contextQuestions, contextWarnings } from './contexts.ts'
import type { Fault, Findings, Question } from './findings.ts'
import { askConfigMap, askSecret, askServiceAccount } from './questions.ts'

type Spec = AgentSpec | AgentTemplateSpec

/** The items that repeat what an earlier one says. */
const repeated = <T>(items: readonly T[], valueOf: (item: T) => string | undefined): { item: T; index: number }[] => {
  const seen = new Set<string>()
  return items.flatMap((item, index) => {
    const value = valueOf(item)
    if (value === undefined) return []
    if (seen.has(value)) return [{ item, index }]
    seen.add(value)
    return []
  })
}

const executionFaults = ({ credentials = [], extraPorts = [], ...spec }: Spec): Fault[] => [
  ...repeated(credentials, ({ env }) => env).map(({ item, index }) => ({
    field: `spec.credentials[${index}].env`,
    message: `${item.env} is set by another credential already: choose another variable`,
  })),
  ...placeFaults({ ...spec, credentials }),
  ...repeated(extraPorts, ({ port, protocol }) => `${port}/${protocol}`).map(({ item, index }) => ({
    field: `spec.extraPorts[${index}].port`,
    message: `${item.port}/${item.protocol} is offered by another port already: choose another number`,
  })),
]

type Security = NonNullable<PodSpec['securityContext']> & NonNullable<PodSpec['podSecurityContext']>

/** What Pod Security `restricted` does not know and `baseline` or a careful reader would refuse. */
const dangers: readonly { readonly field: string; readonly says: string; readonly isSet: (of: Security) => boolean }[] =
  [
    { field: 'privileged', says: 'makes the agent root on its node', isSet: (of) => of.privileged === true },
    {
      field: 'allowPrivilegeEscalation',
      says: 'lets a process gain more rights than it started with',
      isSet: (of) => of.allowPrivilegeEscalation === true,
    },
    {
      field: 'capabilities.add',
      says: 'gives the agent rights over its node',
      isSet: (of) => (of.capabilities?.add ?? []).some((capability) => capability !== 'NET_BIND_SERVICE'),
    },
    { field: 'procMount', says: "shows the agent the node's /proc", isSet: (of) => of.procMount === 'Unmasked' },
    {
      field: 'seccompProfile',
      says: 'lets the agent use every system call',
      isSet: (of) => of.seccompProfile?.type === 'Unconfined',
    },
    {
      field: 'appArmorProfile',
      says: 'takes the node’s profile away',
      isSet: (of) => of.appArmorProfile?.type === 'Unconfined',
    },
    { field: 'runAsUser', says: 'runs the agent as root', isSet: (of) => of.runAsUser === 0 },
    { field: 'sysctls', says: 'changes kernel parameters', isSet: (of) => (of.sysctls ?? []).length > 0 },
  ]

const podWarnings = ({ podSpec }: Spec): string[] => [
  ...(['securityContext', 'podSecurityContext'] as const).flatMap((side) => {
    const security = podSpec?.[side]
    if (!security) return []
    return dangers
      .filter(({ isSet }) => isSet(security))
      .map(({ field, says }) => `spec.podSpec.${side}.${field}: ${says}; leave it out unless you trust every prompt`)
  }),
  ...(podSpec?.extraVolumes ?? []).flatMap(({ hostPath }, index) =>
    hostPath
      ? [`spec.podSpec.extraVolumes[${index}].hostPath: gives the agent files of its node; use another kind of volume`]
      : [],
  ),
]

const secretsOf = ({ credentials = [], imagePullSecrets = [], skills = [], caBundle }: Spec): Question[] => [
  ...credentials.map(({ secretRef }, index) =>
    askSecret(`spec.credentials[${index}].secretRef`, secretRef.name, secretRef.key),
  ),
  ...imagePullSecrets.map(({ name }, index) => askSecret(`spec.imagePullSecrets[${index}]`, name)),
  ...skills.flatMap(({ git }, index) =>
    git.secretRef ? [askSecret(`spec.skills[${index}].git.secretRef`, git.secretRef.name)] : [],
  ),
  ...(caBundle?.secretRef
    ? [askSecret('spec.caBundle.secretRef', caBundle.secretRef.name, caBundle.secretRef.key)]
    : []),
]

/** What holds for Agents and templates alike, beyond the schema. */
export const executionFindings = (spec: Spec): Findings => {
  const config = configFindings(spec.config)
  return {
    faults: [...executionFaults(spec), ...config.faults],
    warnings: [
      ...config.warnings,
      ...contextWarnings('spec.contexts', spec.contexts, spec.workspaceDir),
      ...(spec.skills ?? []).flatMap(({ git }, index) =>
        git.secretRef && git.repository.startsWith('http://')
          ? [`spec.skills[${index}].git.repository: sends the Secret in clear text: use https://`]
          : [],
      ),
      ...podWarnings(spec),
    ],
    questions: [
      ...(spec.serviceAccountName === undefined
        ? []
        : [askServiceAccount('spec.serviceAccountName', spec.serviceAccountName)]),
      ...(spec.caBundle?.configMapRef
        ? [askConfigMap('spec.caBundle.configMapRef', spec.caBundle.configMapRef.name, spec.caBundle.configMapRef.key)]
        : []),
      ...contextQuestions('spec.contexts', spec.contexts),
      ...secretsOf(spec),
    ],
  }
}
