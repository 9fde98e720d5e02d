import type { FunctionRow } from '../../functions/table.ts'
import { functionsTable } from '../../functions/table.ts'
import type { EventBus, Log } from '../../shared/ports.ts'
import type { Deps } from '../../shared/reconcile.ts'
import { passwordsFrom } from '../../shared/server-passwords.ts'
import { agentServers } from '../cluster/agent-servers.ts'
import { tellingPruned } from '../cluster/pruned.ts'
import type { Connection } from '../cluster/rest.ts'
import { createCluster } from '../cluster/rest.ts'
import type { Environment } from '../node/environment.ts'
import { serverKey } from '../server-key/key.ts'
import { clock } from '../clock.ts'
import type { Exporter } from '../traces/exporter.ts'
import type { Outage } from '../outage.ts'
import { createOutage } from '../outage.ts'

/** What a call needs. It has no timer, so that what holds it may be frozen at any moment between two calls. */
export interface World {
  readonly rows: readonly FunctionRow[]
  readonly deps: Deps
  readonly outage: Outage
  /** Whoever makes a call flushes it at its end. Absent where nobody collects spans. */
  readonly traces?: Exporter
}

/** How long the end of a call waits for a collector of spans. */
export const flushMs = 2_000

/** What outlives a call where a world does not: it saves a request, and lines of the log. Empty at first. */
export interface Kept {
  key?: Uint8Array<ArrayBuffer>
  outage?: Outage
  /** When it was last told that a field is not stored. */
  told?: Map<string, number>
}

export interface WorldOptions {
  readonly connection: Connection
  readonly environment: Pick<Environment, 'namespace' | 'defaults'>
  readonly bus: EventBus
  readonly log: Log
  readonly kept?: Kept
  readonly traces?: Exporter | undefined
}

/** The functions over any connection and any bus. Makes no request: it may be made for each call. */
export const worldOver = (options: WorldOptions): World => {
  const { connection, environment, bus, log, traces, kept = {} } = options
  const { namespace, defaults } = environment
  const now = (): number => clock.now().getTime()
  const cluster = tellingPruned(createCluster(connection), log, now, (kept.told ??= new Map()))
  const passwords = passwordsFrom(async () => (kept.key ??= await serverKey(cluster, namespace)))
  return {
    rows: functionsTable(defaults),
    outage: (kept.outage ??= createOutage(log, now)),
    ...(traces && { traces }),
    deps: {
      cluster,
      ...agentServers(connection, passwords),
      bus,
      clock,
      log,
      ...(traces && { traces }),
    },
  }
}
