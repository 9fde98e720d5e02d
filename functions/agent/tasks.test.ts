import { expect, test } from 'vitest'
import { agent } from '../../test/builders/agent.ts'
import { withMetadata } from '../../test/builders/change.ts'
import { memoryCluster } from '../../test/builders/memory-cluster.ts'
import { task, withPhase } from '../../test/builders/task.ts'
import { at } from '../../test/builders/time.ts'
import { slotsOf } from './tasks.ts'

test('who holds a slot is read again where it was read before its Agent was, and has been made anew since', async () => {
  const holder = agent((one) => ({
    ...one,
    status: { activeTasks: [{ name: 'job', uid: 'new', startTime: at(0) }] },
  }))
  const former = task(withMetadata({ uid: 'old' }), withPhase('Completed'))
  const cluster = memoryCluster(task(withMetadata({ uid: 'new' }), withPhase('Queued')))
  let reads = 0
  const get = ((ref) => (++reads === 1 ? Promise.resolve(former) : cluster.get(ref))) as typeof cluster.get
  const { missed } = await slotsOf({ ...cluster, get }, holder, [])
  expect(missed.map(({ metadata }) => metadata.uid)).toEqual(['new'])
})
