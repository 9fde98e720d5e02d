import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { SQSClient } from '@aws-sdk/client-sqs'
import { defaultProvider } from '@aws-sdk/credential-provider-node'
import { functionsTable } from '../../functions/table.ts'
import { passwordsFrom } from '../../shared/server-passwords.ts'
import { createEventBridgeBus } from '../bus/event-bridge.ts'
import { createGitSyncs } from '../cluster/git-syncs.ts'
import { connectTo } from '../cluster/direct.ts'
import { createCluster, sender } from '../cluster/rest.ts'
import { createSessions } from '../cluster/sessions.ts'
import { jsonLog } from '../log.ts'
import { clock } from '../node/clock.ts'
import { readEnvironment } from '../node/environment.ts'
import type { World } from '../serverless/world.ts'
import { serverKey } from '../server-key/key.ts'
import { eksTokens } from './token.ts'

export type { World } from '../serverless/world.ts'

type Variables = Readonly<Record<string, string | undefined>>

const needed = (variables: Variables, name: string): string => {
  const value = variables[name]
  if (value === undefined || value === '') throw new Error(`${name} is not set; the stack in infra/lambda sets it`)
  return value
}

/**
 * From the variables that the stack sets: EKS_ENDPOINT, EKS_CA (base64 of PEM), EKS_CLUSTER, EVENT_BUS, QUEUE_URL, and those
 * of the container. `token` is for a cluster that is not on EKS.
 */
export const createWorld = (variables: Variables, token?: () => Promise<string>): World => {
  const { namespace, defaults, logLevel } = readEnvironment(variables)
  const log = jsonLog((line) => console.log(line), logLevel)
  const region = needed(variables, 'AWS_REGION')
  const name = needed(variables, 'EKS_CLUSTER')
  const bearer = token ?? eksTokens({ cluster: name, region, credentials: defaultProvider(), now: () => clock.now() })
  const server = needed(variables, 'EKS_ENDPOINT')
  const connection = connectTo({
    server,
    ca: atob(needed(variables, 'EKS_CA')),
    headers: async () => ({ authorization: `Bearer ${await bearer()}` }),
    manager: 'kubeopencode',
  })
  const cluster = createCluster(connection)
  const passwords = passwordsFrom(() => serverKey(cluster, namespace))
  const bus = createEventBridgeBus({
    events: new EventBridgeClient({ region }),
    queues: new SQSClient({ region }),
    busName: needed(variables, 'EVENT_BUS'),
    queueUrl: needed(variables, 'QUEUE_URL'),
    source: `${server}/`,
    clock,
  })
  return {
    rows: functionsTable(defaults),
    deps: {
      cluster,
      sessions: createSessions(sender(connection), passwords),
      gitSyncs: createGitSyncs(sender(connection)),
      passwords,
      bus,
      clock,
      log,
    },
  }
}
