import { SQSClient } from '@aws-sdk/client-sqs'
import type { FunctionRow } from '../../functions/table.ts'
import { functionsTable } from '../../functions/table.ts'
import type { Deps } from '../../shared/reconcile.ts'
import { passwordsFrom } from '../../shared/server-passwords.ts'
import { createEventBridgeBus } from '../bus/event-bridge.ts'
import { createSqsBus } from '../bus/sqs.ts'
import { createGitSyncs } from '../cluster/git-syncs.ts'
import { sender } from '../cluster/rest.ts'
import { createSessions } from '../cluster/sessions.ts'
import { serverKey } from '../server-key/key.ts'
import type { Variables } from './world.ts'
import { credentials, needed, surroundingsOf } from './world.ts'

/** What the handlers of one instance share. It has no timer, so an instance may be frozen at any moment between two calls. */
export interface World {
  readonly rows: readonly FunctionRow[]
  readonly deps: Deps
}

/** As surroundingsOf, and QUEUE_URL. */
export const createWorld = (variables: Variables, token?: () => Promise<string>): World => {
  const { environment, region, connection, bus, ...deps } = surroundingsOf(variables, token)
  const passwords = passwordsFrom(() => serverKey(deps.cluster, environment.namespace))
  const later = createSqsBus({
    queues: new SQSClient({ region, credentials }),
    queueUrl: needed(variables, 'QUEUE_URL'),
    source: bus.source,
    clock: deps.clock,
  })
  return {
    rows: functionsTable(environment.defaults),
    deps: {
      ...deps,
      sessions: createSessions(sender(connection), passwords),
      gitSyncs: createGitSyncs(sender(connection)),
      passwords,
      bus: createEventBridgeBus({ ...bus, later }),
    },
  }
}
