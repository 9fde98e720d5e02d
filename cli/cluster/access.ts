import type { RequestOptions } from 'node:https'
import type { Reached } from '../../infra/cluster/plain.ts'
import { reachPlainly } from '../../infra/cluster/plain.ts'
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
const reached = async ({ kubeconfig, context }: ClusterOptions): Promise<Reached> => {
  const options = { ...(kubeconfig !== undefined && { kubeconfig }), ...(context !== undefined && { context }) }
  const plain = reachPlainly(options, manager)
  if (plain) return plain
  const { reach } = await import('../../infra/cluster/node.ts')
  try {
    return reach(options, manager)
  } catch (cause) {
    throw new CommandError(sentenceOf(cause), { cause })
  }
}

export const openCluster = async (options: ClusterOptions, io: Io): Promise<Access> => {
  const timeoutMs = timeoutOf(options.requestTimeout)
  const { connection: way, context, user, namespace, certificate, requestOptions } = await reached(options)
  // The cheaper way asks for no compression, which counts more than processor time where the cluster is far.
  const { request: _cheaper, ...connecting } = way
  const connection: Connection = {
    ...connecting,
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
    requestOptions,
    caller,
    namespace: options.namespace ?? namespace ?? 'default',
  }
}
