import type { LambdaEvent } from 'hono/aws-lambda'
import { describe, expect, test, vi } from 'vitest'
import { memoryCluster } from '../../test/builders/memory-cluster.ts'
import { recordedDeps } from '../../test/builders/deps.ts'
import { taskReview } from '../../test/builders/task-review.ts'
import type { WebhookWorld } from '../serverless/webhooks.ts'
import { createOutage } from '../outage.ts'
import { isOneOf } from '../serverless/behind-secret.ts'
import { webhookHandler } from './webhooks.ts'

const secret = 'ab'.repeat(32)

const request = (path: string, body = '{}', method = 'POST'): LambdaEvent =>
  ({
    version: '2.0',
    rawPath: path,
    rawQueryString: '',
    headers: { 'content-type': 'application/json', host: 'x.lambda-url.eu-central-1.on.aws' },
    requestContext: { http: { method, path }, domainName: 'x.lambda-url.eu-central-1.on.aws' },
    body,
    isBase64Encoded: false,
  }) as unknown as LambdaEvent

const here = (): WebhookWorld => {
  const deps = recordedDeps(memoryCluster())
  return { deps, outage: createOutage(deps.log, () => deps.time.getTime()) }
}

const served = () => {
  const world = vi.fn<() => Promise<WebhookWorld>>(async () => here())
  return { world, handler: webhookHandler(world, isOneOf(secret)) }
}

const review = taskReview()

test('judges for whoever knows the secret', async () => {
  const { handler } = served()
  const { statusCode, body } = await handler(request(`/${secret}/validate/tasks`, review))
  expect(statusCode).toBe(200)
  expect(JSON.parse(body)).toMatchObject({ response: { uid: 'u1', allowed: true } })
})

test.each(['/', '/validate/tasks', `/${'00'.repeat(32)}/validate/tasks`, `/${secret.toUpperCase()}/validate/tasks`])(
  'is not there for anybody else: %s',
  async (path) => {
    const { handler, world } = served()
    expect(await handler(request(path, review))).toMatchObject({ statusCode: 404, body: '' })
    expect(world).not.toHaveBeenCalled()
  },
)

test.each(['', 'short', 'AB'.repeat(32)])('does not begin with the secret "%s"', (weak) => {
  expect(() => isOneOf(weak)).toThrow('the secret of the webhooks must be 64 hexadecimal digits')
})

describe('what strangers and broken callers send changes nothing', () => {
  const known = request(`/${secret}/validate/tasks`, review) as unknown as Record<string, unknown>
  const cases: { name: string; event: Record<string, unknown>; status: number }[] = [
    { name: 'JSON that ends in the middle', event: { ...known, body: review.slice(0, 40) }, status: 400 },
    { name: 'no body', event: { ...known, body: undefined }, status: 400 },
    { name: 'a body of 7 MiB and one byte', event: { ...known, body: 'a'.repeat(7 * 1024 * 1024 + 1) }, status: 413 },
    { name: 'another content type', event: { ...known, headers: { 'content-type': 'text/plain' } }, status: 415 },
    { name: 'gzip', event: { ...known, body: 'H4sIAAAAAAAAA6tWqgUAmxyzBAIAAAA=', isBase64Encoded: true }, status: 400 },
    { name: 'a body that is no base64', event: { ...known, body: '%%%', isBase64Encoded: true }, status: 400 },
    { name: 'no path and no context', event: { body: review }, status: 400 },
    { name: 'nothing', event: {}, status: 400 },
    {
      name: 'a review that was forged without the secret',
      event: request('/validate/tasks', review) as never,
      status: 404,
    },
    { name: 'a path of another hook', event: request(`/${secret}/validate/none`, review) as never, status: 404 },
    { name: 'GET', event: request(`/${secret}/validate/tasks`, undefined, 'GET') as never, status: 404 },
  ]
  test.each(cases)('$name', async ({ event, status }) => {
    const { handler } = served()
    const { statusCode, body } = await handler(event as unknown as LambdaEvent)
    expect(statusCode).toBe(status)
    expect(body).not.toContain(secret)
  })

  test('a review that is sent again is judged again, and that is all', async () => {
    const { handler } = served()
    const answers = [await handler(known as unknown as LambdaEvent), await handler(known as unknown as LambdaEvent)]
    expect(answers[0]?.body).toBe(answers[1]?.body)
  })
})
