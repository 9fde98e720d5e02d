import { SYSTEM_NAMESPACE } from '../../crds/names.ts'
import type { Defaults } from '../../functions/workload/settings.ts'
import { builtIn, taskClients } from '../../functions/workload/settings.ts'
import { WEBHOOK_CERTIFICATES } from '../generate/installation.ts'
import { isTraced } from '../traces/environment.ts'
import type { LogLevel } from '../log.ts'
import { logLevels } from '../log.ts'

/** What an installation sets from outside; every variable has a default. */
export interface Environment {
  readonly namespace: string
  readonly defaults: Defaults
  readonly logLevel: LogLevel
  /** `own`: made, kept in a Secret and renewed by the controller. `mounted`: files that somebody else renews. */
  readonly certificates: 'own' | 'mounted'
  readonly certificatesDir: string
}

type Variables = Readonly<Record<string, string | undefined>>

const oneOf = <T extends string>(variables: Variables, name: string, allowed: readonly T[], otherwise: T): T => {
  const value = variables[name]
  if (value === undefined || value === '') return otherwise
  const found = allowed.find((one) => one === value)
  if (found === undefined) throw new Error(`${name} is "${value}"; it must be one of ${allowed.join(', ')}`)
  return found
}

const seconds = (variables: Variables, name: string, otherwise: number): number => {
  const value = variables[name]
  if (value === undefined || value === '') return otherwise
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`${name} is "${value}"; it must be a number of seconds, 1 or more`)
  return number
}

/** Reads the variables, once. Throws a sentence that names the variable that is wrong. */
export const readEnvironment = (variables: Variables): Environment => {
  const image = (name: string, otherwise: string): string => variables[name] || otherwise
  return {
    namespace: variables['KUBEOPENCODE_NAMESPACE'] || SYSTEM_NAMESPACE,
    defaults: {
      images: {
        system: image('KUBEOPENCODE_SYSTEM_IMAGE', builtIn.images.system),
        agent: image('KUBEOPENCODE_AGENT_IMAGE', builtIn.images.agent),
        executor: image('KUBEOPENCODE_EXECUTOR_IMAGE', builtIn.images.executor),
        attach: image('KUBEOPENCODE_ATTACH_IMAGE', builtIn.images.attach),
      },
      podStartTimeoutSeconds: seconds(
        variables,
        'KUBEOPENCODE_POD_START_TIMEOUT_SECONDS',
        builtIn.podStartTimeoutSeconds,
      ),
      taskClient: oneOf(variables, 'KUBEOPENCODE_TASK_CLIENT', taskClients, builtIn.taskClient),
      ...(isTraced(variables) && { isTraced: true }),
    },
    logLevel: oneOf(variables, 'KUBEOPENCODE_LOG_LEVEL', logLevels, 'info'),
    certificates: oneOf(variables, 'KUBEOPENCODE_CERTIFICATES', ['own', 'mounted'], 'own'),
    certificatesDir: variables['KUBEOPENCODE_CERTIFICATES_DIR'] || WEBHOOK_CERTIFICATES,
  }
}
