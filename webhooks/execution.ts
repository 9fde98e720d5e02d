import type { AgentSpec } from '../crds/agent.ts'
import type { AgentTemplateSpec } from '../crds/agent-template.ts'
import { images } from '../shared/images.ts'
import { placeFaults } from '../shared/places.ts'
import { podSecurityFaults } from '../shared/pod-security.ts'
import { accountSecurity, imageSecurity, sourceSecurity } from '../shared/security.ts'
import { configFindings } from './config-notes.ts'
import { contextFaults, contextQuestions, contextWarnings, repositoryFaults } from './contexts.ts'
import type { Fault, Findings, Question } from './findings.ts'
import {
  askConfigMap,
  askNonRoot,
  askPodSecurity,
  askSecret,
  askSecurity,
  askServiceAccount,
  podSecurityWarnings,
} from './questions.ts'

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

const executionFaults = ({ credentials = [], extraPorts = [], skills = [], ...spec }: Spec): Fault[] => [
  ...skills.flatMap(({ git }, index) => repositoryFaults(`spec.skills[${index}].git`, git)),
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

const secretName = /(api[-_]?key|secret|password|passwd|token|private[-_]?key|access[-_]?key)$/i

/** A variable that is written out for everyone to read, though its name says that it is a secret. */
const extraEnvWarnings = ({ podSpec }: Spec): string[] =>
  (podSpec?.extraEnv ?? []).flatMap(({ name, value }, index) =>
    value !== undefined && value !== '' && secretName.test(name)
      ? [
          `spec.podSpec.extraEnv[${index}].value: holds a secret in clear text: put it in a Secret and name that in spec.credentials with env ${name}`,
        ]
      : [],
  )

/** Whether an image runs as root is not known before it does, so nothing is claimed for one that is not our own. */
const imageQuestions = (spec: Spec): Question[] => {
  const own: readonly string[] = Object.values(images)
  const { podSecurityContext, securityContext } = spec.podSpec ?? {}
  if (podSecurityContext || securityContext?.runAsNonRoot !== undefined) return []
  const field = (['executorImage', 'agentImage', 'attachImage'] as const).find(
    (name) => spec[name] !== undefined && !own.includes(spec[name]),
  )
  return field === undefined ? [] : [askNonRoot(`spec.${field}`)]
}

/** What holds for Agents and templates alike, beyond the schema. */
export const executionFindings = (spec: Spec): Findings => {
  const config = configFindings(spec.config)
  const podFaults = podSecurityFaults(spec.podSpec)
  return {
    faults: [...executionFaults(spec), ...contextFaults('spec.contexts', spec.contexts), ...config.faults],
    warnings: [
      ...config.warnings,
      ...contextWarnings('spec.contexts', spec.contexts, spec.workspaceDir),
      ...(spec.skills ?? []).flatMap(({ git }, index) =>
        git.secretRef && git.repository.startsWith('http://')
          ? [`spec.skills[${index}].git.repository: sends the Secret in clear text: use https://`]
          : [],
      ),
      ...podSecurityWarnings(podFaults),
      ...extraEnvWarnings(spec),
    ],
    questions: [
      askSecurity((security) => [
        ...accountSecurity(spec, security),
        ...imageSecurity(spec, security),
        ...sourceSecurity(spec, security),
      ]),
      ...(podFaults.length > 0 ? [askPodSecurity(podFaults)] : []),
      ...imageQuestions(spec),
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
