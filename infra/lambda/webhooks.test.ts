import type { LambdaEvent } from 'hono/aws-lambda'
import { expect, test, vi } from 'vitest'
import { memoryCluster } from '../../test/builders/memory-cluster.ts'
import { recordedDeps } from '../../test/builders/deps.ts'
import { webhookHandler } from './webhooks.ts'
import type { WebhookWorld } from './world.ts'

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

const served = () => {
  const world = vi.fn<() => Promise<WebhookWorld>>(async () => ({ deps: recordedDeps(memoryCluster()) }))
  return { world, handler: webhookHandler(world, secret) }
}

const review = JSON.stringify({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'u1',
    operation: 'CREATE',
    kind: { group: 'kubeopencode.io', version: 'v1alpha1', kind: 'Task' },
    namespace: 'team',
    userInfo: { username: 'ada' },
    object: {
      apiVersion: 'kubeopencode.io/v1alpha1',
      kind: 'Task',
      metadata: { name: 'fix' },
      spec: { description: 'x', agentRef: { name: 'a' } },
    },
  },
})

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
  expect(() => webhookHandler(async () => ({ deps: recordedDeps(memoryCluster()) }), weak)).toThrow(
    'WEBHOOK_SECRET must be 64 hexadecimal digits',
  )
})
