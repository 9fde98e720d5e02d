import { expect, test } from 'vitest'
import type { Hint } from '../../shared/hint.ts'
import type { CloudEvent } from '../bus/cloud-event.ts'
import { cloudEventOf } from '../bus/cloud-event.ts'
import { batchSize, createQueueBus } from './bus.ts'

interface Sent {
  readonly body: CloudEvent
  readonly delaySeconds?: number
}

const opened = (refusals = 0) => {
  const batches: (readonly Sent[])[] = []
  const waits: number[] = []
  let left = refusals
  const bus = createQueueBus({
    queue: {
      sendBatch: async (messages) => {
        left -= 1
        if (left >= 0) throw new Error('Too Many Requests')
        batches.push(messages)
      },
    },
    source: 'https://apiserver.example.com/',
    clock: { now: () => new Date(0), sleep: async (milliseconds) => void waits.push(milliseconds) },
  })
  return { bus, batches, waits }
}
const hint = (name: string, afterSeconds?: number): Hint => ({
  key: { kind: 'Task', namespace: 'team', name },
  ...(afterSeconds !== undefined && { afterSeconds }),
})

test('what is published at once travels together, forty at a time', async () => {
  const { bus, batches } = opened()
  await Promise.all(Array.from({ length: 120 }, (_, index) => bus.publish(hint(`t${index}`))))
  expect(batches.map(({ length }) => length)).toEqual([40, 40, 40])
  expect(batches[0]?.[0]).toMatchObject({ contentType: 'json', body: { type: 'io.kubeopencode.reconcile' } })
})

test('what is for later waits in the queue, never less than was asked for; what the sweep finds sooner is left to it', async () => {
  const { bus, batches } = opened()
  await Promise.all([bus.publish(hint('now')), bus.publish(hint('later', 1.2)), bus.publish(hint('tomorrow', 901))])
  expect(batches.flat().map(({ body, delaySeconds }) => [body.subject, delaySeconds])).toEqual([
    ['Task/team/now', undefined],
    ['Task/team/later', 2],
  ])
})

test('a queue that refuses is asked again with doubling waits', async () => {
  const { bus, batches, waits } = opened(2)
  await bus.publish(hint('a'))
  expect(batches).toHaveLength(1)
  expect(waits).toEqual([100, 200])
})

test('after four refusals whoever published hears of it', async () => {
  const { bus } = opened(4)
  await expect(bus.publish(hint('a'))).rejects.toThrow('the hint for Task/team/a was not sent: Too Many Requests')
})

test('a full batch of the longest hints is below the 256 KB that a queue takes', () => {
  const ref = { kind: 'Deployment', namespace: 'n'.repeat(63), name: 'x'.repeat(253) } as const
  const longest = cloudEventOf(
    {
      key: { kind: 'AgentTemplate', namespace: ref.namespace, name: ref.name },
      cause: { ref, operation: 'DELETE', resourceVersion: '9'.repeat(64) },
      afterSeconds: 86_400,
      ahead: Array.from({ length: 9 }, () => ({ ...ref, kind: 'ConfigMap' as const })),
    },
    { id: crypto.randomUUID(), source: `https://${'a'.repeat(253)}/`, now: new Date() },
  )
  expect(batchSize * JSON.stringify(longest).length).toBeLessThan(256_000)
})
