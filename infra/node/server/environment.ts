import { readFileSync } from 'node:fs'
import { SESSION_KEY } from '../../generate/installation.ts'
import type { LogLevel } from '../../log.ts'
import { logLevels } from '../../log.ts'

type Variables = Readonly<Record<string, string | undefined>>

export interface ServerEnvironment {
  /** Such as `/kubeopencode`; empty for the root, which the variable calls `/`. */
  readonly basePath: string
  /** Names under which the server may be called; any where it is undefined. */
  readonly hosts: readonly string[] | undefined
  readonly logLevel: LogLevel
}

/** Reads the variables, once. Throws a sentence that names the variable that is wrong. */
export const readServerEnvironment = (variables: Variables): ServerEnvironment => {
  const basePath = (variables['KUBEOPENCODE_BASE_PATH'] ?? '').replace(/\/$/, '')
  if (!/^(\/[\w.~-]+)*$/.test(basePath) || basePath.includes('..'))
    throw new Error(`KUBEOPENCODE_BASE_PATH is "${basePath}"; it must be / or a path such as /kubeopencode`)
  const hosts = (variables['KUBEOPENCODE_HOSTS'] ?? '').split(',').flatMap((host) => host.trim().toLowerCase() || [])
  const level = variables['KUBEOPENCODE_LOG_LEVEL'] || 'info'
  const logLevel = logLevels.find((one) => one === level)
  if (logLevel === undefined)
    throw new Error(`KUBEOPENCODE_LOG_LEVEL is "${level}"; it must be one of ${logLevels.join(', ')}`)
  return { basePath, hosts: hosts.length > 0 && !hosts.includes('*') ? hosts : undefined, logLevel }
}

/** The key that copies of the server share, where one is mounted; else one of this process alone. */
export const sessionKey = (file = SESSION_KEY): { key: Uint8Array<ArrayBuffer>; isShared: boolean } => {
  try {
    return { key: new Uint8Array(readFileSync(file)), isShared: true }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT')
      throw new Error(`the key of sessions, ${file}, cannot be read`, { cause })
    return { key: crypto.getRandomValues(new Uint8Array(32)), isShared: false }
  }
}
