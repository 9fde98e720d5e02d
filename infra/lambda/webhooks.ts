import { Hono } from 'hono'
import type { LambdaContext, LambdaEvent } from 'hono/aws-lambda'
import { handle } from 'hono/aws-lambda'
import { createApp } from '../../webhooks/app.ts'
import { hooks } from '../../webhooks/table.ts'
import { impatient } from '../cluster/impatient.ts'
import type { WebhookWorld } from './world.ts'

/** Long enough that nobody finds it by trying: 32 bytes, in hexadecimal. */
export const secretPattern = /^[0-9a-f]{64}$/

/** Of two texts that differ, how long it takes to compare these says nothing of the texts. */
const digestOf = async (text: string): Promise<string> => {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return String.fromCharCode(...new Uint8Array(bytes))
}

/**
 * The webhooks at a public URL. Only who knows `secret`, the first part of each path, is heard; all others get 404, and
 * nothing of what they send is read. The apiserver knows it from the webhook configurations, which administrators alone may read.
 */
export const webhookHandler = (world: () => Promise<WebhookWorld>, secret: string) => {
  if (!secretPattern.test(secret))
    throw new Error('the secret of the webhooks must be 64 hexadecimal digits, such as openssl rand -hex 32 makes')
  const wanted = digestOf(secret)
  const app = new Hono()
  let judging: Promise<Hono> | undefined
  const judged = async (): Promise<Hono> => {
    const { deps } = await world()
    return createApp(hooks, { bus: deps.bus, log: deps.log, reader: impatient(deps.cluster, () => Date.now()) })
  }
  app.all('/:secret/*', async (c) => {
    if ((await digestOf(c.req.param('secret'))) !== (await wanted)) return c.text('', 404)
    judging ??= judged()
    const url = new URL(c.req.url)
    url.pathname = url.pathname.slice(secret.length + 1)
    return (await judging).fetch(new Request(url, c.req.raw))
  })
  app.notFound((c) => c.text('', 404))
  app.onError((_error, c) => c.text('', 500))
  const handler = handle(app)
  return async (event: LambdaEvent, context?: LambdaContext): Promise<Awaited<ReturnType<typeof handler>>> => {
    try {
      if (event.isBase64Encoded && typeof event.body === 'string') atob(event.body)
      return await handler(event, context)
    } catch {
      // No event of a function URL, or a body that cannot be read: nobody to answer, and nothing of it is written down.
      return { statusCode: 400, headers: {}, body: '', isBase64Encoded: false } as unknown as Awaited<
        ReturnType<typeof handler>
      >
    }
  }
}
