/** The handlers that the stack names: `main.reconcile`, `main.schedule`, `main.webhooks`. */
import { reconcileHandler } from './reconcile.ts'
import { scheduleHandler } from './schedule.ts'
import { webhookHandler } from './webhooks.ts'
import type { World } from './world.ts'
import { createWorld } from './world.ts'

let made: World | undefined
/** Made with the first call, so that what is wrong with the variables is an answer and not an instance that will not start. */
const world = async (): Promise<World> => (made ??= createWorld(process.env))

export const reconcile = reconcileHandler(world)
export const schedule = scheduleHandler(world)

let serving: ReturnType<typeof webhookHandler> | undefined
export const webhooks: ReturnType<typeof webhookHandler> = async (event, context) => {
  serving ??= webhookHandler(world, process.env['WEBHOOK_SECRET'] ?? '')
  return serving(event, context)
}
