import { SQSClient } from '@aws-sdk/client-sqs'
import { createEventBridgeBus } from '../bus/event-bridge.ts'
import { createSqsBus } from '../bus/sqs.ts'
import { exporterFrom } from '../traces/from-environment.ts'
import { worldOver } from '../serverless/world.ts'
import { createPostpone } from './postpone.ts'
import type { QueueWorld } from './reconcile.ts'
import type { Variables } from './world.ts'
import { credentials, needed, patience, surroundingsOf } from './world.ts'

/** As surroundingsOf, and QUEUE_URL. */
export const createWorld = (variables: Variables, token?: () => Promise<string>): QueueWorld => {
  const { environment, region, connection, bus, log } = surroundingsOf(variables, token)
  const queues = new SQSClient({ region, credentials, ...patience })
  const queueUrl = needed(variables, 'QUEUE_URL')
  const later = createSqsBus({ queues, queueUrl, source: bus.source, clock: bus.clock })
  return {
    ...worldOver({
      connection,
      environment,
      log,
      bus: createEventBridgeBus({ ...bus, later }),
      traces: exporterFrom(variables, { log }),
    }),
    postpone: createPostpone(queues, queueUrl),
  }
}
