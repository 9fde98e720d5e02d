import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SYSTEM_NAMESPACE } from '../../crds/names.ts'
import { CONTROLLER } from '../../infra/generate/installation.ts'
import { until } from '../bench/pace.ts'
import { taskReview } from '../builders/task-review.ts'
import type { Answered, Call } from './call.ts'
import { call } from './call.ts'
import type { PlayedApiserver, PublicTarget } from './public.ts'
import { playApiserver, startPublicLambda, startPublicWorker } from './public.ts'

const MiB = 1024 * 1024
const patience = 60

const targets = [
  { name: 'a function URL', start: startPublicLambda, isStreaming: false },
  { name: 'a Worker', start: startPublicWorker, isStreaming: true },
]

async function* endless(): AsyncGenerator<Buffer> {
  for (;;) yield Buffer.alloc(64 * 1024, ' ')
}
async function* slow(): AsyncGenerator<string> {
  for (;;) {
    yield ' '
    await sleep(1_000)
  }
}

const review = taskReview()
const huge = Buffer.alloc(100_000_000, ' ')
const validate = '/validate/tasks'
const observe = '/observe/tasks'

/** What is sent, below the secret unless `from` says from where, and how it is answered. */
interface Row extends Omit<Call, 'path'> {
  readonly name: string
  readonly path?: string
  readonly from?: (secret: string) => string
  readonly status: number
  /** Who still sends when the answer comes may not read it: the connection is closed. */
  readonly isLong?: true
  /** AWS calls no function before the whole body is there (docs/aws.md), so no function sees it. */
  readonly isStreamed?: true
}

const refused: readonly Row[] = [
  { name: 'without the secret', from: () => '', body: review, status: 404 },
  { name: 'with another secret', from: () => `/${'00'.repeat(32)}`, body: review, status: 404 },
  { name: 'with its beginning', from: (secret) => `/${secret.slice(0, 63)}`, body: review, status: 404 },
  { name: 'with more than it', from: (secret) => `/${secret}0`, body: review, status: 404 },
  { name: 'with it in capitals', from: (secret) => `/${secret.toUpperCase()}`, body: review, status: 404 },
  {
    name: 'with it as a question',
    path: '',
    from: (secret) => `${validate}?secret=${secret}`,
    body: review,
    status: 404,
  },
  { name: 'with it after a slash', from: (secret) => `//${secret}`, body: review, status: 404 },
  { name: 'for a hook that is none', path: '/validate/secrets', body: review, status: 404 },
  { name: 'for the root below the secret', path: '/', body: review, status: 404 },
  { name: 'by GET', method: 'GET', status: 404 },
  { name: 'by PUT', method: 'PUT', body: review, status: 404 },
  { name: 'with nothing', status: 400 },
  { name: 'with JSON that ends in the middle', body: review.slice(0, 100), status: 400 },
  { name: 'with JSON that is no review', body: '{"kind":"Secret"}', status: 400 },
  { name: 'with gzip', body: gzipSync(review), headers: { 'content-encoding': 'gzip' }, status: 400 },
  { name: 'with a form', body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' }, status: 415 },
  { name: 'with bytes', body: review, headers: { 'content-type': 'application/octet-stream' }, status: 415 },
  { name: 'with 7 MiB and a byte', body: Buffer.alloc(7 * MiB + 1, ' '), status: 413, isLong: true },
  { name: 'with 100 MB', body: huge, status: 413, isLong: true },
  {
    name: 'with 100 MB from a stranger',
    from: () => '',
    body: huge,
    status: 404,
    isLong: true,
  },
  { name: 'without an end', body: endless(), status: 413, isLong: true, isStreamed: true },
  {
    name: 'without an end from a stranger',
    from: () => '',
    body: endless(),
    status: 404,
    isLong: true,
    isStreamed: true,
  },
  { name: 'with a byte each second', body: slow(), status: 408, isStreamed: true },
]

const object = (change: object): object => ({
  apiVersion: 'kubeopencode.io/v1alpha1',
  kind: 'Task',
  metadata: { name: 'fix', namespace: 'team', ...change },
  spec: { description: 'x', agentRef: { name: 'a' } },
})

/** Hints that name what nobody has; whoever looks finds that there is nothing to do. */
const hinted: readonly { readonly name: string; readonly body: string }[] = [
  { name: 'of an object that does not exist', body: review },
  {
    name: 'of the end of one that never was',
    body: taskReview({ operation: 'DELETE', object: null, oldObject: object({}) }),
  },
  {
    name: 'of another group',
    body: taskReview({
      kind: { group: 'example.com', version: 'v1', kind: 'Task' },
      object: { ...object({}), apiVersion: 'example.com/v1' },
    }),
  },
  {
    name: 'from the future',
    body: taskReview({
      object: object({ creationTimestamp: '2199-01-01T00:00:00Z', resourceVersion: '9'.repeat(18) }),
    }),
  },
]

const look = 'GET /apis/kubeopencode.io/v1alpha1/namespaces/team/tasks/fix'
/** What is asked beside it, as it would be needed if it were there. */
const looks = new Set([
  look,
  'GET /api/v1/namespaces/team/pods/fix-pod',
  'GET /apis/kubeopencode.io/v1alpha1/kubeopencodeconfigs/cluster',
])

describe.each(targets)('at $name', ({ start, isStreaming }) => {
  let apiserver: PlayedApiserver
  let target: PublicTarget
  const sent = ({ path = validate, from = (secret) => `/${secret}`, ...rest }: Partial<Row>) =>
    call(target.url, { ...rest, path: `${from(target.secret)}${path}` })
  const verdict = ({ body }: Answered): unknown => (JSON.parse(body) as { readonly response: unknown }).response

  beforeAll(async () => {
    apiserver = await playApiserver()
    target = await start(apiserver.url)
  })
  afterAll(async () => {
    await target.close()
    await apiserver.close()
  })
  beforeEach(() => {
    apiserver.asked.length = 0
  })

  test.each([
    { name: 'as the apiserver sends it', headers: {} },
    // What is encoded in whatever way comes to a function in base64.
    { name: 'in base64', headers: { 'content-encoding': 'identity' } },
  ])('a review is judged $name', async ({ headers }) => {
    const answered = await sent({ body: review, headers })
    expect(answered.status).toBe(200)
    expect(verdict(answered)).toMatchObject({ uid: 'u1', allowed: true })
  })

  test.each(refused.filter(({ isStreamed = false }) => isStreaming || !isStreamed))(
    'a call $name is answered, and asks nobody for anything',
    async ({ status, isLong = false, ...row }) => {
      const before = await target.hints()
      const answered = await sent(row)
      expect(isLong ? [status, 'closed'] : [status]).toContain(answered.status)
      expect(answered.body).not.toMatch(new RegExp(`${target.secret}|token-of-the-functions|at .*:\\d+:\\d+`))
      expect(apiserver.asked).toEqual([])
      expect(await target.hints()).toBe(before)
    },
  )

  test('a review that is sent again is judged again, and that is all', async () => {
    const answers = [await sent({ body: review }), await sent({ body: review })]
    expect(answers[0]?.body).toBe(answers[1]?.body)
    expect(new Set(apiserver.asked.map((request) => request.split(' ')[0]))).toEqual(new Set(['GET']))
  })

  test('whoever says to be our own ServiceAccount is judged as everybody', async () => {
    const username = `system:serviceaccount:${SYSTEM_NAMESPACE}:${CONTROLLER}`
    const wrong = { object: { ...object({}), spec: {} } }
    const forged = { ...wrong, userInfo: { username, groups: ['system:masters'] } }
    const answers = [await sent({ body: taskReview(wrong) }), await sent({ body: taskReview(forged) })]
    expect(verdict(answers[1]!)).toMatchObject({ allowed: false })
    expect(answers[1]?.body).toBe(answers[0]?.body)
  })

  test.each(hinted)('a hint $name costs looks and changes nothing', async ({ body }) => {
    const before = await target.hints()
    const answered = await sent({ path: observe, body })
    expect(verdict(answered)).toMatchObject({ allowed: true })
    await until(
      () => 'nobody has looked',
      () => apiserver.asked.includes(look),
      patience,
    )
    // One that tells of a write is asked for once more where the write is not to be seen.
    expect(await target.hints()).toBeGreaterThan(before)
    expect(apiserver.asked.filter((request) => !looks.has(request))).toEqual([])
  })

  test('a name that is a path is looked at by nobody', async () => {
    const before = await target.hints()
    const answered = await sent({ path: observe, body: taskReview({ object: object({ name: '../../secrets/key' }) }) })
    expect(answered.status).toBe(200)
    // What is published after it is looked at after it.
    await sent({ path: observe, body: review })
    await until(
      () => 'nobody has looked',
      () => apiserver.asked.includes(look),
      patience,
    )
    expect(await target.hints()).toBeGreaterThan(before + 1)
    expect(apiserver.asked.filter((request) => !looks.has(request))).toEqual([])
  })
})
