import type { Question } from './findings.ts'

/** The namespace is the asking object's, so the sentences leave it out. */
const missing = (field: string, what: string, remedy: string): string => `${field}: ${what} does not exist: ${remedy}`

export const askConfigMap = (field: string, name: string, key?: string): Question => ({
  kind: 'ConfigMap',
  name,
  answer: (found) => {
    if (!found) return missing(`${field}.name`, `ConfigMap ${name}`, 'create it')
    const hasKey = key === undefined || key in { ...found.data, ...found.binaryData }
    return hasKey ? undefined : missing(`${field}.key`, `key ${key} of ConfigMap ${name}`, 'add it or name another')
  },
})

/** Only whether the Secret and its key are there; the value goes nowhere. */
export const askSecret = (field: string, name: string, key?: string): Question => ({
  kind: 'Secret',
  name,
  answer: (found) => {
    if (!found) return missing(`${field}.name`, `Secret ${name}`, 'create it')
    const hasKey = key === undefined || key in (found.data ?? {})
    return hasKey ? undefined : missing(`${field}.key`, `key ${key} of Secret ${name}`, 'add it or name another')
  },
})

export const askServiceAccount = (field: string, name: string): Question => ({
  kind: 'ServiceAccount',
  name,
  answer: (found) =>
    found ? undefined : missing(field, `ServiceAccount ${name}`, 'create it, because Pods cannot start without it'),
})

export const askTemplate = (field: string, name: string): Question => ({
  kind: 'AgentTemplate',
  name,
  answer: (found) =>
    found ? undefined : missing(`${field}.name`, `AgentTemplate ${name}`, 'create it or name another'),
})

export const askAgent = (field: string, name: string): Question => ({
  kind: 'Agent',
  name,
  answer: (found) => {
    if (!found) return missing(`${field}.name`, `Agent ${name}`, 'create it or name another')
    if (found.spec.suspend && !found.spec.standby)
      return `${field}.name: Agent ${name} is suspended: the Task waits until spec.suspend is false`
    return undefined
  },
})
