import { Hono } from 'hono'
import { handle } from 'hono/aws-lambda'
import { createApp } from '../../webhooks/app.ts'
import { hooks } from '../../webhooks/table.ts'
import type { WebhookWorld } from './world.ts'

/** Long enough that nobody finds it by trying: 32 bytes, in hexadecimal. */
const secretPattern = /^[0-9a-f]{64}$/

/**
 * The webhooks at a public URL. Only who knows `secret`, the first part of each path, is heard; all others get 404, and
 * nothing of what they send is read. The apiserver knows it from the webhook configurations, which administrators alone may read.
 */
export const webhookHandler = (world: () => Promise<WebhookWorld>, secret: string) => {
  if (!secretPattern.test(secret))
    throw new Error('WEBHOOK_SECRET must be 64 hexadecimal digits, such as openssl rand -hex 32 makes')
  const app = new Hono()
  let judging: Promise<Hono> | undefined
  const judged = async (): Promise<Hono> => {
    const { deps } = await world()
    return createApp(hooks, { bus: deps.bus, log: deps.log, reader: deps.cluster })
  }
  app.mount(`/${secret}`, async (request) => {
    judging ??= judged()
    return (await judging).fetch(request)
  })
  app.notFound((c) => c.text('', 404))
  return handle(app)
}
