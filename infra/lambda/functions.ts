import { SQSClient } from '@aws-sdk/client-sqs'
import { createEventBridgeBus } from '../bus/event-bridge.ts'
import { createSqsBus } from '../bus/sqs.ts'
import type { World } from '../serverless/world.ts'
import { worldOver } from '../serverless/world.ts'
import type { Variables } from './world.ts'
import { credentials, needed, patience, surroundingsOf } from './world.ts'

/** As surroundingsOf, and QUEUE_URL. */
export const createWorld = (variables: Variables, token?: () => Promise<string>): World => {
  const { environment, region, connection, bus, log } = surroundingsOf(variables, token)
  const later = createSqsBus({
    queues: new SQSClient({ region, credentials, ...patience }),
    queueUrl: needed(variables, 'QUEUE_URL'),
    source: bus.source,
    clock: bus.clock,
  })
  return worldOver({ connection, environment, log, bus: createEventBridgeBus({ ...bus, later }) })
}
