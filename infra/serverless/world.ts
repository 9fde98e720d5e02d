import type { FunctionRow } from '../../functions/table.ts'
import { functionsTable } from '../../functions/table.ts'
import type { EventBus, Log } from '../../shared/ports.ts'
import type { Deps } from '../../shared/reconcile.ts'
import { passwordsFrom } from '../../shared/server-passwords.ts'
import { createGitSyncs } from '../cluster/git-syncs.ts'
import type { Connection } from '../cluster/rest.ts'
import { createCluster, sender } from '../cluster/rest.ts'
import { createSessions } from '../cluster/sessions.ts'
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

/** A key that outlives a call, to save a request; undefined until one was read. */
export interface KeyCache {
  key?: Uint8Array<ArrayBuffer>
}

export interface WorldOptions {
  readonly connection: Connection
  readonly environment: Pick<Environment, 'namespace' | 'defaults'>
  readonly bus: EventBus
  readonly log: Log
  readonly cache?: KeyCache
  /** One that outlives a call, where a world does not. */
  readonly outage?: Outage
  readonly traces?: Exporter | undefined
}

/** The functions over any connection and any bus. Makes no request: it may be made for each call. */
export const worldOver = (options: WorldOptions): World => {
  const { connection, environment, bus, log, traces, cache = {} } = options
  const { namespace, defaults } = environment
  const cluster = createCluster(connection)
  const send = sender(connection)
  const passwords = passwordsFrom(async () => (cache.key ??= await serverKey(cluster, namespace)))
  return {
    rows: functionsTable(defaults),
    outage: options.outage ?? createOutage(log, () => clock.now().getTime()),
    ...(traces && { traces }),
    deps: {
      cluster,
      sessions: createSessions(send, passwords),
      gitSyncs: createGitSyncs(send),
      passwords,
      bus,
      clock,
      log,
      ...(traces && { traces }),
    },
  }
}
