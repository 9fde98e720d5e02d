import type { Hono } from 'hono'
import type { LambdaContext, LambdaEvent } from 'hono/aws-lambda'
import { handle } from 'hono/aws-lambda'
import type { IsSecret } from '../serverless/behind-secret.ts'
import type { WebhookWorld } from '../serverless/webhooks.ts'
import { publicWebhooks, webhooksOf } from '../serverless/webhooks.ts'

/** The webhooks at a function URL. */
export const webhookHandler = (world: () => Promise<WebhookWorld>, isSecret: IsSecret) => {
  let judging: Promise<Hono> | undefined
  const handler = handle(publicWebhooks(isSecret, () => (judging ??= world().then((here) => webhooksOf(here)))))
  return async (event: LambdaEvent, context?: LambdaContext): Promise<Awaited<ReturnType<typeof handler>>> => {
    try {
      if (event.isBase64Encoded && typeof event.body === 'string') atob(event.body)
      // Only a POST has a body; the adapter writes a stack trace where another request has one.
      const { method } = (event as { readonly requestContext: { readonly http: { readonly method: string } } })
        .requestContext.http
      return await handler(method === 'POST' ? event : { ...event, body: null }, context)
    } catch {
      // No event of a function URL, or a body that cannot be read: nobody to answer, and nothing of it is written down.
      return { statusCode: 400, headers: {}, body: '', isBase64Encoded: false } as unknown as Awaited<
        ReturnType<typeof handler>
      >
    }
  }
}
