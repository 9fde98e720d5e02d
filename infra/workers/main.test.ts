import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { taskReview } from '../../test/builders/task-review.ts'
import { cloudEventOf } from '../bus/cloud-event.ts'
import worker from './main.ts'

const secret = 'ab'.repeat(32)
const sendBatch = vi.fn<(messages: readonly { body: { subject: string } }[]) => Promise<void>>()
const bindings = {
  APISERVER: 'https://apiserver.example.com',
  APISERVER_TOKEN: 'token-of-the-functions',
  WEBHOOK_SECRET: secret,
  QUEUE: { sendBatch },
}

const call = { waitUntil: vi.fn<(work: Promise<unknown>) => void>() }

/** What the apiserver is asked, and how it answers. */
const asked: { method: string; path: string }[] = []
let answer: (path: string) => Response
const notFound = (): Response => Response.json({ kind: 'Status', reason: 'NotFound', message: 'no' }, { status: 404 })

beforeEach(() => {
  asked.length = 0
  answer = notFound
  sendBatch.mockReset()
  call.waitUntil.mockReset()
  vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.stubGlobal('fetch', async (url: string, { method = 'GET' }: RequestInit) => {
    const { pathname } = new URL(url)
    asked.push({ method, path: pathname })
    return answer(pathname)
  })
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const message = (id: string, body: unknown, attempts = 1) => ({
  id,
  body,
  attempts,
  ack: vi.fn<() => void>(),
  retry: vi.fn<(options: { readonly delaySeconds: number }) => void>(),
})
const event = (name: string) =>
  cloudEventOf(
    { key: { kind: 'Task', namespace: 'team', name } },
    { id: name, source: 'https://apiserver.example.com/', now: new Date() },
  )

test('a message is acknowledged once its object was looked at, and so is one that is no hint', async () => {
  const messages = [message('1', event('gone')), message('2', { type: 'com.example.other' }), message('3', 'text')]
  await worker.queue({ messages }, bindings, call)
  for (const { ack, retry } of messages) {
    expect(ack).toHaveBeenCalledOnce()
    expect(retry).not.toHaveBeenCalled()
  }
  expect(asked).toEqual([
    { method: 'GET', path: '/api/v1/namespaces/team/pods/gone-pod' },
    { method: 'GET', path: '/apis/kubeopencode.io/v1alpha1/namespaces/team/tasks/gone' },
  ])
})

test.each([
  { name: 'when the apiserver asked for it', headers: { 'retry-after': '7' }, attempts: 1, delaySeconds: 7 },
  { name: 'later each time', headers: { 'retry-after': '0' }, attempts: 4, delaySeconds: 16 },
  { name: 'but within a minute', headers: { 'retry-after': '3600' }, attempts: 9, delaySeconds: 60 },
])('what failed comes back $name', async ({ headers, attempts, delaySeconds }) => {
  answer = (path) => (path.endsWith('/busy') ? new Response('{}', { status: 429, headers }) : notFound())
  const [good, bad] = [message('1', event('gone')), message('2', event('busy'), attempts)] as const
  await worker.queue({ messages: [good, bad] }, bindings, call)
  expect(good.ack).toHaveBeenCalledOnce()
  expect(bad.ack).not.toHaveBeenCalled()
  expect(bad.retry).toHaveBeenCalledExactlyOnceWith({ delaySeconds })
})

test('every fifth minute asks for everything, by the queue', async () => {
  answer = (path) =>
    Response.json({
      metadata: {},
      items: path.endsWith('/tasks') ? [{ metadata: { name: 'a', namespace: 'team' } }] : [],
    })
  await worker.scheduled({ cron: '*/5 * * * *' }, bindings)
  expect(sendBatch.mock.calls.flatMap(([messages]) => messages.map(({ body }) => body.subject))).toEqual([
    'Task/team/a',
  ])
})

const post = (path: string, body: BodyInit, headers: Record<string, string> = {}): Request =>
  new Request(`https://kubeopencode.example.workers.dev${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })

test('judges for whoever knows the secret', async () => {
  const response = await worker.fetch(post(`/${secret}/validate/tasks`, taskReview()), bindings, call)
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({ response: { uid: 'u1', allowed: true } })
})

test.each([
  { name: 'nobody knows the root', path: '/', body: taskReview(), status: 404 },
  { name: 'without the secret', path: '/validate/tasks', body: taskReview(), status: 404 },
  { name: 'with another one', path: `/${'00'.repeat(32)}/validate/tasks`, body: taskReview(), status: 404 },
  { name: 'with its beginning', path: `/${secret.slice(0, 63)}/validate/tasks`, body: taskReview(), status: 404 },
  { name: 'in other letters', path: `/${secret.toUpperCase()}/validate/tasks`, body: taskReview(), status: 404 },
  { name: 'a hook that is none', path: `/${secret}/validate/secrets`, body: taskReview(), status: 404 },
  { name: 'truncated', path: `/${secret}/observe/tasks`, body: taskReview().slice(0, 100), status: 400 },
  { name: 'empty', path: `/${secret}/observe/tasks`, body: '', status: 400 },
  { name: 'no review', path: `/${secret}/observe/tasks`, body: '{"kind":"Secret"}', status: 400 },
  { name: 'huge', path: `/${secret}/observe/tasks`, body: ' '.repeat(7 * 1024 * 1024 + 1), status: 413 },
])('a request that is $name changes nothing and tells nothing', async ({ path, body, status }) => {
  const response = await worker.fetch(post(path, body), bindings, call)
  expect(response.status).toBe(status)
  expect(await response.text()).not.toMatch(/token-of-the-functions|abab/)
  expect(asked).toEqual([])
  expect(sendBatch).not.toHaveBeenCalled()
})

test.each([
  { name: 'not set', change: { WEBHOOK_SECRET: undefined } },
  { name: 'weak', change: { WEBHOOK_SECRET: 'short' } },
])('a secret that is $name serves nobody and tells nobody why', async ({ change }) => {
  const response = await worker.fetch(post('/short/validate/tasks', taskReview()), { ...bindings, ...change }, call)
  expect([response.status, await response.text()]).toEqual([500, ''])
})

test('what is not bound is named', async () => {
  await expect(worker.queue({ messages: [] }, { ...bindings, APISERVER_TOKEN: '' }, call)).rejects.toThrow(
    'APISERVER_TOKEN is not set',
  )
  await expect(worker.scheduled({ cron: '* * * * *' }, { ...bindings, QUEUE: undefined })).rejects.toThrow(
    'QUEUE is not bound to a Queue',
  )
})

test('an apiserver behind a tunnel is reached by its binding alone', async () => {
  const CLUSTER = { fetch: vi.fn<() => Promise<Response>>(async () => notFound()) }
  await worker.queue({ messages: [message('1', event('gone'))] }, { ...bindings, CLUSTER }, call)
  expect(CLUSTER.fetch).toHaveBeenCalled()
  expect(asked).toEqual([])
})

test('what is wrong with the bindings is a line in the log, and no answer to who asks', async () => {
  const written = vi.spyOn(console, 'log').mockImplementation(() => {})
  const request = new Request(`https://worker.example/${secret}/validate/tasks`, { method: 'POST', body: '{}' })
  const response = await worker.fetch(request, { ...bindings, APISERVER: '' }, call)
  expect([response.status, await response.text()]).toEqual([500, ''])
  expect(written.mock.calls.join('\n')).toContain('APISERVER is not set; infra/workers/README.md says what it is')
})

test('spans of a review go to the collector after the answer, and who asked waits for none of it', async () => {
  const traced = { ...bindings, OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example.com' }
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  const body = taskReview({
    object: {
      ...(JSON.parse(taskReview()) as { request: { object: object } }).request.object,
      metadata: { name: 'fix', namespace: 'team', annotations: { 'kubeopencode.io/traceparent': traceparent } },
    },
  })
  answer = (path) => (path === '/v1/traces' ? Response.json({}) : notFound())
  expect((await worker.fetch(post(`/${secret}/mutate/tasks`, body), traced, call)).status).toBe(200)
  expect(call.waitUntil).toHaveBeenCalledOnce()
  await Promise.all(call.waitUntil.mock.calls.map(([work]) => work))
  expect(asked).toEqual([{ method: 'POST', path: '/v1/traces' }])
})
