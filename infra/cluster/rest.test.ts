import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { HinderedError, LeavingError, RetryableError, TerminalError } from '../../shared/errors.ts'
import { configMap } from '../../test/builders/core.ts'
import { now } from '../../test/builders/time.ts'
import { sendTo } from '../../test/simulation/apiserver/http.ts'
import type { Stored } from '../../test/simulation/apiserver/object.ts'
import { createApiserver } from '../../test/simulation/apiserver/server.ts'
import type { Connection, Send, SendOptions } from './rest.ts'
import { clusterOver, createCluster, sender } from './rest.ts'

const connection = (fetch: Connection['fetch']): Connection => ({ server: 'https://api', fetch, manager: 'test' })

const ask = async (fetch: Connection['fetch'], options?: SendOptions): Promise<unknown> =>
  sender(connection(fetch))('GET', '/api/v1/pods?limit=1', options).catch((error: unknown) => error)

const streamed = (start: (controller: ReadableStreamDefaultController<Uint8Array>) => void) =>
  new Response(new ReadableStream<Uint8Array>({ start }))

/** As undici says that nobody listens. */
const refused = () => {
  throw new TypeError('fetch failed', { cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }) })
}

/** Begins an answer and never ends it. */
const stalled: Connection['fetch'] = async (_, { signal }) =>
  streamed((controller) => {
    controller.enqueue(new TextEncoder().encode('{"items":['))
    signal?.addEventListener('abort', () => controller.error(signal.reason))
  })

const brokenOff: Connection['fetch'] = async () =>
  streamed((controller) => controller.error(Object.assign(new Error('terminated'), { code: 'UND_ERR_SOCKET' })))

const badHeader = () => {
  throw new TypeError('Headers.append: "Bearer secret-1\n" is an invalid header value.')
}

describe('no answer is worth another try, and says why', () => {
  const cases = [
    { name: 'nobody listens', fetch: refused, want: 'the apiserver at https://api did not answer GET /api/v1/pods: ECONNREFUSED' },
    { name: 'the answer does not end', fetch: stalled, options: { timeoutMs: 20 }, want: 'the apiserver at https://api did not answer GET /api/v1/pods: 20 ms have passed' },
    { name: 'the answer breaks off', fetch: brokenOff, want: 'the apiserver at https://api did not answer GET /api/v1/pods: UND_ERR_SOCKET' },
    { name: 'the answer is too long', fetch: async () => new Response('12345'), options: { mostBytes: 4 }, want: 'the answer to GET /api/v1/pods has more than 4 bytes' },
    { name: 'a token is no header, and is not told', fetch: badHeader, want: 'the apiserver at https://api did not answer GET /api/v1/pods' },
  ] // prettier-ignore
  test.each(cases)('$name', async ({ fetch, options, want }) => {
    const error = await ask(fetch, options)
    expect(error).toBeInstanceOf(RetryableError)
    expect((error as Error).message).toBe(want)
  })
})

describe('a refusal', () => {
  const cases = [
    { name: 'of a quota passes', code: 403, message: 'pods "a" is forbidden: exceeded quota: small', want: HinderedError },
    { name: 'of anything else is for good', code: 403, message: 'maximum cpu usage per Container is 1', want: TerminalError },
    { name: 'for want of a webhook of others passes', code: 500, message: 'failed calling webhook "pods.policy.example.com": EOF', want: HinderedError },
    { name: 'for want of one of ours passes at once', code: 500, message: 'failed calling webhook "validate.tasks.kubeopencode.io": EOF', want: RetryableError },
    { name: 'to select by a field names the remedy', code: 400, message: 'field label not supported: status.dueTime; its CustomResourceDefinition is older', want: TerminalError, answers: 'field label not supported: status.dueTime' },
    { name: 'for want of etcd passes at once', code: 500, message: 'etcdserver: request timed out', want: RetryableError },
  ] // prettier-ignore
  test.each(cases)('$name', async ({ code, message, want, answers = message }) => {
    const fetch = async () => Response.json({ message: answers }, { status: code })
    const error: unknown = await createCluster(connection(fetch))
      .create(configMap('a'))
      .catch((failure: unknown) => failure)
    expect((error as Error).constructor).toBe(want)
    expect((error as Error).message).toContain(message)
  })
})

test.each([
  { name: 'is being deleted', code: 403, details: { causes: [{ reason: 'NamespaceTerminating' }] } },
  { name: 'is gone', code: 404, details: { kind: 'namespaces', name: 'team' } },
])(
  'a namespace that $name takes nothing, and that is no fault of what was to be written',
  async ({ code, details }) => {
    const fetch = async () => Response.json({ message: 'no', reason: 'Forbidden', details }, { status: code })
    await expect(createCluster(connection(fetch)).create(configMap('a'))).rejects.toThrow(LeavingError)
  },
)

test('an answer is read whole, with its status and headers', async () => {
  const fetch = async () =>
    streamed((controller) => {
      for (const part of ['{"a":', '"ü"', '}']) controller.enqueue(new TextEncoder().encode(part))
      controller.close()
    })
  const response = await sender(connection(fetch))('GET', '/')
  expect([response.status, await response.json()]).toEqual([200, { a: 'ü' }])
})

test('whereto an answer sends us is not asked, with our credentials least of all', async () => {
  const asked: string[] = []
  const server = createServer(({ url = '' }, response) => {
    asked.push(url)
    response.writeHead(307, { location: '/elsewhere' }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const here = { ...connection(fetch), server: `http://127.0.0.1:${port}` }
  await expect(createCluster(here).get({ kind: 'Task', namespace: 'a', name: 'b' })).rejects.toBeInstanceOf(
    RetryableError,
  )
  expect(asked).toEqual(['/apis/kubeopencode.io/v1alpha1/namespaces/a/tasks/b'])
  await new Promise((resolve) => server.close(resolve))
})

test('an answer without a body stays one', async () => {
  const send = sender(connection(async () => new Response(null, { status: 204, headers: { 'retry-after': '3' } })))
  const { status, headers } = await send('DELETE', '/')
  expect([status, headers.get('retry-after')]).toEqual([204, '3'])
})

test('a list that breaks off is tried again', async () => {
  await expect(createCluster(connection(brokenOff)).list('Task')).rejects.toBeInstanceOf(RetryableError)
})

const ref = { kind: 'ConfigMap', namespace: 'default', name: 'map' } as const

test('a conflict over the very object that is to be removed leaves it to be removed again', async () => {
  const apiserver = createApiserver({ now: () => now.getTime() })
  apiserver.store.write(configMap('map') as Stored, 'somebody')
  const send = sendTo(apiserver)
  const conflict = { kind: 'Status', reason: 'Conflict', message: 'try again' }
  const refusing: Send = async (method, path, options) =>
    method === 'DELETE' ? Response.json(conflict, { status: 409 }) : send(method, path, options)
  const cluster = clusterOver(refusing, 'test')
  await expect(cluster.remove(ref, 'map-uid')).rejects.toBeInstanceOf(RetryableError)
  await expect(cluster.remove(ref, 'an earlier uid')).resolves.toBeUndefined()
})
