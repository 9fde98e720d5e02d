import type { RequestOptions } from 'node:https'
import { connectByHttps } from '../../infra/cluster/https.ts'
import type { Identity } from '../../infra/cluster/endpoint.ts'
import { identify } from '../../infra/cluster/identity.ts'
import type { Connection } from '../../infra/cluster/rest.ts'
import { sentenceOf } from '../../shared/errors.ts'
import { CommandError, UsageError } from '../errors.ts'
import type { Io } from '../io.ts'
import { warn } from '../io.ts'
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
  /** For requests of node's own, such as WebSockets. */
  readonly requestOptions: () => Promise<RequestOptions>
  readonly caller: Caller
  /** The one that was named, the context's, or `default`. */
  readonly namespace: string
}

/** Field manager and user agent. */
const manager = 'kubeoc'

const usualTimeoutMs = 15_000
const longestTimeoutMs = 24 * 3_600_000

/** Milliseconds of `30`, `30s`, `2m`, `1h`; kubectl takes the same. */
export const timeoutOf = (text: string | undefined, option = '--request-timeout'): number => {
  if (text === undefined) return usualTimeoutMs
  const [, digits, unit = 's'] = /^(\d+)(ms|s|m|h)?$/.exec(text) ?? []
  if (digits === undefined || Number(digits) === 0)
    throw new UsageError(`${option} ${text} is no time: say it like 30s or 2m`)
  const milliseconds = Number(digits) * ({ ms: 1, m: 60_000, h: 3_600_000 }[unit] ?? 1000)
  if (milliseconds > longestTimeoutMs) throw new UsageError(`${option} ${text} is longer than a day: say 24h or less`)
  return milliseconds
}

/** When the person's client certificate ends; one that cannot be read is the apiserver's to refuse. */
const certificateEnd = async (pem: string | undefined): Promise<Date | undefined> => {
  if (pem === undefined) return undefined
  try {
    const { X509Certificate } = await import('node:crypto')
    return new Date(new X509Certificate(pem).validTo)
  } catch {
    return undefined
  }
}

/** Reads the person's kubeconfig; nothing is asked of the apiserver yet. */
const identityOf = async ({ kubeconfig, context }: ClusterOptions): Promise<Identity> => {
  try {
    return await identify({
      ...(kubeconfig !== undefined && { kubeconfig }),
      ...(context !== undefined && { context }),
    })
  } catch (cause) {
    throw new CommandError(sentenceOf(cause), { cause })
  }
}

export const openCluster = async (options: ClusterOptions, io: Io): Promise<Access> => {
  const timeoutMs = timeoutOf(options.requestTimeout)
  const identity = await identityOf(options)
  const { context, user, namespace, certificate, credentials } = identity
  const way = connectByHttps(identity, manager)
  const connection: Connection = {
    ...way,
    // Ctrl-C ends whatever is under way.
    fetch: (url, init) =>
      way.fetch(url, { ...init, signal: AbortSignal.any([io.interrupted, ...(init.signal ? [init.signal] : [])]) }),
  }
  const certificateEnds = await certificateEnd(certificate)
  const caller: Caller = {
    context: context || 'of the Pod',
    user: user || 'none',
    server: connection.server,
    ...(certificateEnds && { certificateEnds }),
  }
  return {
    api: createApi(connection, caller, { now: io.now, timeoutMs, onWarning: (text) => warn(io, text) }),
    connection,
    requestOptions: credentials,
    caller,
    namespace: options.namespace ?? namespace ?? 'default',
  }
}
