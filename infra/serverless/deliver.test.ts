import { expect, test } from 'vitest'
import type { FunctionRow } from '../../functions/table.ts'
import { RetryableError, UnreachableError } from '../../shared/errors.ts'
import { recordedDeps } from '../../test/builders/deps.ts'
import { memoryCluster } from '../../test/builders/memory-cluster.ts'
import { cloudEventOf } from '../bus/cloud-event.ts'
import { createOutage } from '../outage.ts'
import { deliverAll } from './deliver.ts'

/** Messages for one object each, over a function that fails as `failures` say, one after the other. */
const delivered = async (count: number, ...failures: Error[]) => {
  const deps = recordedDeps(memoryCluster())
  let looks = 0
  const row: FunctionRow = {
    kind: 'Task',
    rights: [],
    deliver: async () => {
      looks += 1
      const failure = failures.shift()
      if (failure) throw failure
      return { writes: 0 }
    },
  }
  const key = { kind: 'Task', namespace: 'team', name: 'fix' } as const
  const messages = Array.from({ length: count }, (_, index) => ({
    id: `m${index}`,
    event: cloudEventOf({ key }, { id: String(index), source: 'https://a/', now: deps.time }),
  }))
  const outage = createOutage(deps.log, () => deps.time.getTime())
  const failed = await deliverAll({ rows: [row], deps, outage }, messages)
  return { looks, slept: deps.slept, failed: [...failed.keys()] }
}

test('a conflict is tried again within the call', async () => {
  const conflict = new RetryableError('conflict')
  expect(await delivered(1, conflict, conflict)).toEqual({ looks: 3, slept: [50, 100], failed: [] })
})

test('an apiserver that is busy for a moment is left alone for that moment, and for longer by the queue', async () => {
  const busy = (seconds: number) => new RetryableError('too many requests', { retryAfterSeconds: seconds })
  expect(await delivered(1, busy(1))).toEqual({ looks: 2, slept: [1000], failed: [] })
  expect(await delivered(1, busy(30))).toEqual({ looks: 1, slept: [], failed: ['m0'] })
})

test('while the apiserver is away the rest of a batch is not tried: each would wait as long', async () => {
  const away = new UnreachableError('no answer')
  expect(await delivered(3, away)).toEqual({ looks: 1, slept: [], failed: ['m0', 'm1', 'm2'] })
})
