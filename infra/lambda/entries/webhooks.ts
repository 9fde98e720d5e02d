/** Bundled as `main.mjs` of one function: `main.webhooks`. It brings neither the functions nor the client of the queue. */
import type { WebhookWorld } from '../../serverless/webhooks.ts'
import { createSecret } from '../secret.ts'
import { webhookHandler } from '../webhooks.ts'
import { createWebhookWorld } from '../world.ts'

let made: WebhookWorld | undefined
/** Made with the first call, so that what is wrong with the variables is an answer and not an instance that will not start. */
const world = async (): Promise<WebhookWorld> => (made ??= createWebhookWorld(process.env))

const secret = createSecret(process.env)
// Asked for while the instance starts: whoever calls first does not wait for it.
secret.ready().catch(() => {})

const handler = webhookHandler(world, secret.isSecret)
export const webhooks: typeof handler = async (event, context) => {
  // What is wrong with the installation is an error of the function, which its log and an alarm tell.
  await Promise.all([secret.ready(), world()])
  return handler(event, context)
}
