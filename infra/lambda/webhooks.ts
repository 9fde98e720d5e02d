import type { Hono } from 'hono'
import { handle } from 'hono/aws-lambda'
import { publicWebhooks, webhooksOf } from '../serverless/webhooks.ts'
import type { World } from './world.ts'

/** The webhooks at a function URL. */
export const webhookHandler = (world: () => Promise<World>, secret: string) => {
  let judging: Promise<Hono> | undefined
  return handle(publicWebhooks(secret, () => (judging ??= world().then(webhooksOf))))
}
