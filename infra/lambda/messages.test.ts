import { describe, expect, test } from 'vitest'
import type { FunctionRow } from '../../functions/table.ts'
import { memoryCluster } from '../../test/builders/memory-cluster.ts'
import { recordedDeps } from '../../test/builders/deps.ts'
import type { Cluster } from '../../shared/ports.ts'
import { createCluster } from '../cluster/rest.ts'
import { createOutage, outageText } from '../outage.ts'
import type { Exporter } from '../traces/exporter.ts'
import { cloudEventOf } from '../bus/cloud-event.ts'
import type { Postponed } from './postpone.ts'
import { createPostpone } from './postpone.ts'
import { reconcileHandler } from './reconcile.ts'

const deps = recordedDeps(memoryCluster())
const hint = { key: { kind: 'Task', namespace: 'team', name: 'fix' } } as const

interface Handling {
  readonly attempts?: number
  readonly cluster?: Cluster
  readonly isPostponed?: boolean
  readonly traces?: Exporter
}
const event = cloudEventOf(hint, { id: '1', source: 'https://a/', now: deps.time })
const wrapped = { source: 'kubeopencode.io', 'detail-type': event.type, detail: event }

/** One call with `bodies`, each received for the `attempts`th time; `cluster` is what the function looks at. */
const handle = async (
  bodies: readonly unknown[],
  { attempts = 1, cluster = deps.cluster, isPostponed = true, traces }: Handling = {},
) => {
  const looked: string[] = []
  const row: FunctionRow = {
    kind: 'Task',
    rights: [],
    deliver: async ({ key }, { cluster: reader }) => {
      looked.push(key.name)
      await reader.get({ ...key, kind: 'Task' })
      return { writes: 0 }
    },
  }
  const messages: string[] = []
  const say = (message: string) => void messages.push(message)
  const log = { debug: () => {}, info: say, warn: say, error: say }
  const Records = bodies.map((body, index) => ({
    messageId: `m${index}`,
    receiptHandle: `r${index}`,
    attributes: { ApproximateReceiveCount: String(attempts) },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }))
  const postponed: Postponed[] = []
  const answer = await reconcileHandler(async () => ({
    rows: [row],
    deps: { ...deps, cluster, log },
    ...(traces && { traces }),
    outage: createOutage(log, () => deps.time.getTime()),
    postpone: async (those) => {
      if (!isPostponed) throw new Error('connect ECONNREFUSED')
      postponed.push(...those)
    },
  }))({ Records } as never)
  return { looked, messages, postponed, ...answer }
}
const handled = async (...bodies: readonly unknown[]) => {
  const { postponed, ...rest } = await handle(bodies)
  expect(postponed).toEqual([])
  return rest
}

test.each([
  { name: 'an event of the bus', body: wrapped },
  { name: 'what waited in the queue', body: event },
  { name: 'one that says it is of another century', body: { ...event, time: '2199-01-01T00:00:00Z' } },
])('$name is looked at', async ({ body }) => {
  expect(await handled(body)).toEqual({ looked: ['fix'], messages: [], batchItemFailures: [] })
})

test.each([
  { name: 'no JSON', body: 'looks like {' },
  { name: 'nothing', body: '' },
  { name: 'null', body: 'null' },
  { name: 'an event of AWS', body: { source: 'aws.ec2', 'detail-type': 'EC2 Instance State-change', detail: {} } },
  { name: 'an event of another type', body: { ...wrapped, detail: { ...event, type: 'io.example.other' } } },
  { name: 'another kind', body: { ...event, data: { key: { kind: 'Secret', namespace: 'team', name: 'a' } } } },
  {
    name: 'a name with a path in it',
    body: { ...event, data: { key: { kind: 'Task', namespace: 'a', name: '../b' } } },
  },
  { name: 'a wait of a year', body: { ...event, data: { ...hint, afterSeconds: 31_536_000 } } },
])('$name is dropped with one line and does not come back', async ({ body }) => {
  expect(await handled(body)).toEqual({
    looked: [],
    messages: ['a message that is no hint was dropped'],
    batchItemFailures: [],
  })
})

test('nonsense holds up none of its batch', async () => {
  expect((await handled('nonsense', event)).looked).toEqual(['fix'])
})

/** An apiserver that answers everything like this. */
const answering = (status: number, headers: Record<string, string> = {}): Cluster =>
  createCluster({
    server: 'https://apiserver.example.com',
    manager: 'kubeopencode',
    fetch: async () => new Response('{}', { status, headers }),
  })

describe('what failed comes back', () => {
  test.each([
    { name: 'from a balancer whose apiserver is away', status: 502, attempts: 1, seconds: 2 },
    { name: 'from an apiserver that begins', status: 503, attempts: 2, seconds: 4 },
    { name: 'from a balancer that has waited', status: 504, attempts: 6, seconds: 64 },
    { name: 'for long', status: 503, attempts: 15, seconds: 180 },
    { name: 'when the apiserver wants', status: 503, headers: { 'retry-after': '9' }, attempts: 1, seconds: 9 },
    { name: 'when a busy one wants', status: 429, headers: { 'retry-after': '30' }, attempts: 1, seconds: 30 },
    { name: 'within three minutes', status: 429, headers: { 'retry-after': '3600' }, attempts: 1, seconds: 180 },
  ])('$name', async ({ status, headers, attempts, seconds }) => {
    expect(await handle([event], { attempts, cluster: answering(status, headers) })).toMatchObject({
      postponed: [{ receiptHandle: 'r0', seconds }],
      batchItemFailures: [{ itemIdentifier: 'm0' }],
    })
  })

  test('with all of its batch, of which one look is enough while the apiserver is away', async () => {
    const other = cloudEventOf(
      { key: { ...hint.key, name: 'other' } },
      { id: '2', source: 'https://a/', now: deps.time },
    )
    const { looked, messages, postponed } = await handle([event, event, other], { cluster: answering(503) })
    expect(new Set(looked).size).toBe(looked.length)
    expect(messages).toEqual([outageText.begins])
    expect(postponed.map(({ receiptHandle }) => receiptHandle)).toEqual(['r0', 'r1', 'r2'])
  })

  test('by itself where the queue cannot be told when', async () => {
    const { messages, batchItemFailures } = await handle([event], { cluster: answering(503), isPostponed: false })
    expect(messages).toEqual([outageText.begins, 'messages come back later than they should'])
    expect(batchItemFailures).toEqual([{ itemIdentifier: 'm0' }])
  })
})

test('the queue is told when, of all at once', async () => {
  const sent: object[] = []
  const queues = { send: async ({ input }: { input: object }) => void sent.push(input) }
  const postpone = createPostpone(queues as never, 'https://sqs.example.com/1/q')
  await postpone([
    { receiptHandle: 'a', seconds: 2 },
    { receiptHandle: 'b', seconds: 180 },
  ])
  expect(sent).toEqual([
    {
      QueueUrl: 'https://sqs.example.com/1/q',
      Entries: [
        { Id: '0', ReceiptHandle: 'a', VisibilityTimeout: 2 },
        { Id: '1', ReceiptHandle: 'b', VisibilityTimeout: 180 },
      ],
    },
  ])
})

test('at the end of a call spans are sent, for a time that has a bound', async () => {
  const flushed: number[] = []
  const traces: Exporter = {
    take: () => {},
    flush: async (withinMs) => void flushed.push(withinMs),
    close: () => expect.unreachable('an instance may be called again'),
  }
  const { looked, batchItemFailures } = await handle([wrapped], { traces })
  expect([looked, batchItemFailures, flushed]).toEqual([['fix'], [], [2_000]])
})
