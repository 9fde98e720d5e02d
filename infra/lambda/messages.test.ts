import { expect, test } from 'vitest'
import type { FunctionRow } from '../../functions/table.ts'
import { memoryCluster } from '../../test/builders/memory-cluster.ts'
import { recordedDeps } from '../../test/builders/deps.ts'
import { createOutage } from '../outage.ts'
import { cloudEventOf } from '../bus/cloud-event.ts'
import { reconcileHandler } from './reconcile.ts'

const deps = recordedDeps(memoryCluster())
const hint = { key: { kind: 'Task', namespace: 'team', name: 'fix' } } as const
const event = cloudEventOf(hint, { id: '1', source: 'https://a/', now: deps.time })
const wrapped = { source: 'kubeopencode.io', 'detail-type': event.type, detail: event }

const handled = async (...bodies: readonly unknown[]) => {
  const looked: string[] = []
  const row: FunctionRow = {
    kind: 'Task',
    rights: [],
    deliver: async ({ key }) => {
      looked.push(key.name)
      return { writes: 0 }
    },
  }
  const messages: string[] = []
  const say = (message: string) => void messages.push(message)
  const log = { debug: () => {}, info: say, warn: say, error: say }
  const Records = bodies.map((body, index) => ({
    messageId: `m${index}`,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }))
  const answer = await reconcileHandler(async () => ({
    rows: [row],
    deps: { ...deps, log },
    outage: createOutage(log, () => deps.time.getTime()),
  }))({ Records } as never)
  return { looked, messages, ...answer }
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
