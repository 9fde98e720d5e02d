/** The Worker that wrangler.jsonc deploys: webhooks, the consumer of its queue, and the schedules. */
import { sentenceOf } from '../../shared/errors.ts'
import type { Patience } from '../cluster/impatient.ts'
import { jsonLog } from '../log.ts'
import { deliverAll } from '../serverless/deliver.ts'
import { retrySeconds } from '../serverless/retry.ts'
import { runSchedule } from '../serverless/schedule.ts'
import { isOneOf } from '../serverless/behind-secret.ts'
import type { World } from '../serverless/world.ts'
import { flushMs } from '../serverless/world.ts'
import { publicWebhooks, webhooksOf } from '../serverless/webhooks.ts'
import type { Bindings } from './bindings.ts'
import { needed } from './bindings.ts'
import { createWorld } from './world.ts'

/** A message of the queue, as far as it is read. */
interface QueuedMessage {
  readonly id: string
  readonly body: unknown
  /** How often it was delivered, this time included. */
  readonly attempts: number
  ack(): void
  retry(options: { readonly delaySeconds: number }): void
}

/** The call that is under way: what outlives its answer is named to it. */
interface Call {
  waitUntil(work: Promise<unknown>): void
}

/** The cron trigger that asks for everything; every other one is a tick. */
const sweepCron = '*/5 * * * *'

const longestRetrySeconds = 60

/** A time and no promise: what one call waits for, another one may not. */
const patience: Patience = {}

/** Whoever asked does not wait for it. */
const tellSpans = (world: World | undefined, call: Call): void => {
  if (world?.traces) call.waitUntil(world.traces.close(flushMs))
}

export default {
  fetch: async (request: Request, bindings: Bindings, call: Call): Promise<Response> => {
    const made: { world?: World } = {}
    try {
      const isSecret = isOneOf(needed(bindings, 'WEBHOOK_SECRET'))
      const app = () => webhooksOf((made.world = createWorld(bindings)), patience)
      return await publicWebhooks(isSecret, app).fetch(request)
    } catch (error) {
      jsonLog((line) => console.log(line)).error('the webhooks cannot be served', { error: sentenceOf(error) })
      return new Response('', { status: 500 })
    } finally {
      tellSpans(made.world, call)
    }
  },

  queue: async (
    { messages }: { readonly messages: readonly QueuedMessage[] },
    bindings: Bindings,
    call: Call,
  ): Promise<void> => {
    const world = createWorld(bindings)
    const failed = await deliverAll(
      world,
      messages.map(({ id, body }) => ({ id, event: body })),
    )
    for (const message of messages)
      if (failed.has(message.id))
        message.retry({ delaySeconds: retrySeconds(failed.get(message.id), message.attempts, longestRetrySeconds) })
      else message.ack()
    tellSpans(world, call)
  },

  scheduled: async ({ cron }: { readonly cron: string }, bindings: Bindings): Promise<void> => {
    await runSchedule(createWorld(bindings), cron === sweepCron ? 'sweep' : 'tick')
  },
}
