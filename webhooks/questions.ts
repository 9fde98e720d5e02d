import { CONFIG_NAME } from '../crds/names.ts'
import type { PodSecurityFault } from '../shared/pod-security.ts'
import { isRefusedAt } from '../shared/pod-security.ts'
import type { Security, SecurityFault } from '../shared/security.ts'
import { openSecurity } from '../shared/security.ts'
import type { Answer, Question } from './findings.ts'
import { faultText } from './findings.ts'

const well: Answer = {}

const warning = (text: string): Answer => ({ warnings: [text] })

/** The namespace is the asking object's, so the sentences leave it out. */
const missing = (field: string, what: string, remedy: string): Answer =>
  warning(`${field}: ${what} does not exist: ${remedy}`)

export const askConfigMap = (field: string, name: string, key?: string): Question => ({
  kind: 'ConfigMap',
  name,
  answer: (found) => {
    if (!found) return missing(`${field}.name`, `ConfigMap ${name}`, 'create it')
    const hasKey = key === undefined || key in { ...found.data, ...found.binaryData }
    return hasKey ? well : missing(`${field}.key`, `key ${key} of ConfigMap ${name}`, 'add it or name another')
  },
})

/** Only whether the Secret and its key are there; the value goes nowhere. */
export const askSecret = (field: string, name: string, key?: string): Question => ({
  kind: 'Secret',
  name,
  answer: (found) => {
    if (!found) return missing(`${field}.name`, `Secret ${name}`, 'create it')
    const hasKey = key === undefined || key in (found.data ?? {})
    return hasKey ? well : missing(`${field}.key`, `key ${key} of Secret ${name}`, 'add it or name another')
  },
})

export const askServiceAccount = (field: string, name: string): Question => ({
  kind: 'ServiceAccount',
  name,
  answer: (found) =>
    found ? well : missing(field, `ServiceAccount ${name}`, 'create it, because Pods cannot start without it'),
})

export const askTemplate = (field: string, name: string): Question => ({
  kind: 'AgentTemplate',
  name,
  answer: (found) => (found ? well : missing(`${field}.name`, `AgentTemplate ${name}`, 'create it or name another')),
})

export const askAgent = (field: string, name: string): Question => ({
  kind: 'Agent',
  name,
  answer: (found) => {
    if (!found) return missing(`${field}.name`, `Agent ${name}`, 'create it or name another')
    if (found.spec.suspend && !found.spec.standby)
      return warning(`${field}.name: Agent ${name} is suspended: the Task waits until spec.suspend is false`)
    return well
  },
})

export const askStorageClass = (field: string, name: string): Question => ({
  kind: 'StorageClass',
  name,
  answer: (found) =>
    found ? well : missing(field, `StorageClass ${name}`, 'create it, because the volume cannot be changed later'),
})

/**
 * What the cluster's settings refuse. They may not be there in time; then the write passes with a warning, because the
 * functions read them before they make anything: docs/decisions/0008-what-admission-asks.md.
 */
export const askSecurity = (faultsUnder: (security: Security) => readonly SecurityFault[]): Question => ({
  kind: 'KubeOpenCodeConfig',
  name: CONFIG_NAME,
  answer: (found) => ({ faults: faultsUnder(found?.spec.security ?? openSecurity) }),
  unanswered:
    'spec: KubeOpenCodeConfig cluster could not be read in time: whether it allows this is checked again before a Pod is made',
})

const podSecurityText = ({ field, says }: PodSecurityFault): string =>
  `${field}: ${says}${says.includes(':') ? '' : '; leave it out unless you trust every prompt'}`

/** What is dangerous wherever it runs; what a default merely leaves out matters only where a namespace asks for it. */
const isDangerous = ({ says }: PodSecurityFault): boolean => !says.includes('is left out')

const enforceLabel = 'pod-security.kubernetes.io/enforce'

export const podSecurityWarnings = (faults: readonly PodSecurityFault[]): string[] =>
  faults.filter(isDangerous).map(podSecurityText)

/** Whether the namespace would refuse the Pod: a Pod that never starts is told when it is asked for. */
export const askPodSecurity = (faults: readonly PodSecurityFault[]): Question => ({
  kind: 'Namespace',
  answer: (found) => {
    const enforced = found?.metadata?.labels?.[enforceLabel]
    return {
      faults: faults
        .filter((fault) => isRefusedAt(enforced, fault))
        .map(({ field, says }) => ({
          field,
          message: `${says}, and this namespace enforces Pod Security ${enforced}, which refuses such Pods: ${
            says.includes('is left out') ? 'say it' : 'leave it out'
          }, or use another namespace`,
        })),
    }
  },
})

/** Custom images may run as root, which is known only when they start. */
export const askNonRoot = (field: string): Question => ({
  kind: 'Namespace',
  answer: (found) =>
    found?.metadata?.labels?.[enforceLabel] === 'restricted'
      ? warning(
          faultText({
            field,
            message:
              'this namespace enforces Pod Security restricted: set spec.podSpec.podSecurityContext.runAsNonRoot to true',
          }),
        )
      : well,
})
