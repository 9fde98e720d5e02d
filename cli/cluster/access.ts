import type { KubeConfig } from '@kubernetes/client-node'
import type { Connection } from '../../infra/cluster/rest.ts'
import { sentenceOf } from '../../shared/errors.ts'
import { CommandError, UsageError } from '../errors.ts'
import type { Io } from '../io.ts'
import type { Api } from './api.ts'
import { createApi } from './api.ts'
import type { Caller } from './refusals.ts'

/** The options every command has that talks to a cluster. */
export interface ClusterOptions {
  readonly kubeconfig?: string
  readonly context?: string
  readonly namespace?: string
  /** Such as 30, 30s or 2m. */
  readonly requestTimeout?: string
}

export interface Access {
  readonly api: Api
  readonly connection: Connection
  readonly config: KubeConfig
  readonly caller: Caller
  /** The one that was named, the context's, or `default`. */
  readonly namespace: string
}

const usualTimeoutMs = 15_000

/** Milliseconds of `30`, `30s`, `2m`, `1h`; kubectl takes the same. */
export const timeoutOf = (text: string | undefined, option = '--request-timeout'): number => {
  if (text === undefined) return usualTimeoutMs
  const [, digits, unit = 's'] = /^(\d+)(ms|s|m|h)?$/.exec(text) ?? []
  if (digits === undefined || Number(digits) === 0)
    throw new UsageError(`${option} ${text} is no time: say it like 30s or 2m`)
  return Number(digits) * ({ ms: 1, m: 60_000, h: 3_600_000 }[unit] ?? 1000)
}

/** When the client certificate of the kubeconfig ends; a file that cannot be read is the connection's fault to tell. */
const certificateEnd = async (config: KubeConfig): Promise<Date | undefined> => {
  const user = config.getCurrentUser()
  try {
    const { X509Certificate } = await import('node:crypto')
    const { readFile } = await import('node:fs/promises')
    const pem = user?.certData
      ? Buffer.from(user.certData, 'base64')
      : user?.certFile && (await readFile(user.certFile))
    return pem ? new Date(new X509Certificate(pem).validTo) : undefined
  } catch {
    return undefined
  }
}

/** Reads the person's kubeconfig; nothing is asked of the apiserver yet. */
export const openCluster = async (options: ClusterOptions, io: Io): Promise<Access> => {
  const { connect, loadKubeConfig } = await import('../../infra/cluster/node.ts')
  const { kubeconfig, context } = options
  let config: KubeConfig
  let connection: Connection
  try {
    config = loadKubeConfig({
      ...(kubeconfig !== undefined && { kubeconfig }),
      ...(context !== undefined && { context }),
    })
    const made = connect(config, 'kubeoc')
    // Ctrl-C ends whatever is under way.
    connection = {
      ...made,
      fetch: (url, init) =>
        made.fetch(url, { ...init, signal: AbortSignal.any([io.interrupted, ...(init.signal ? [init.signal] : [])]) }),
    }
  } catch (cause) {
    throw new CommandError(sentenceOf(cause), { cause })
  }
  const name = config.getCurrentContext()
  const certificateEnds = await certificateEnd(config)
  const caller: Caller = {
    context: name || 'of the Pod',
    user: config.getCurrentUser()?.name ?? 'none',
    server: connection.server,
    ...(certificateEnds && { certificateEnds }),
  }
  return {
    api: createApi(connection, caller, { now: io.now, timeoutMs: timeoutOf(options.requestTimeout) }),
    connection,
    config,
    caller,
    namespace: options.namespace ?? config.getContextObject(name)?.namespace ?? 'default',
  }
}
