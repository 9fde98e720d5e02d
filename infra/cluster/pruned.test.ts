import { expect, test } from 'vitest'
import type { LogFields } from '../../shared/ports.ts'
import { memoryCluster } from '../../test/builders/memory-cluster.ts'
import { task } from '../../test/builders/task.ts'
import { tellingPruned } from './pruned.ts'

const hour = 3_600_000
const since = '2026-05-01T09:00:00Z'
const ref = { kind: 'Task', namespace: 'default', name: 'job' } as const

test('what is not stored is told once an hour for each kind and field, what is stored never', async () => {
  const cluster = memoryCluster(task())
  const lines: (LogFields | undefined)[] = []
  let time = 5
  const quiet = () => {}
  const log = {
    debug: quiet,
    info: quiet,
    error: quiet,
    warn: (_: string, fields?: LogFields) => void lines.push(fields),
  }
  const telling = tellingPruned(cluster, log, () => time)
  const write = async (status: object) => {
    const { resourceVersion = '' } = (await telling.get(ref))?.metadata ?? {}
    return (await telling.patchStatus(ref, status, resourceVersion)).pruned
  }
  expect(await write({ podName: 'job-pod' })).toEqual([])
  expect(await write({ places: [{ at: 1 }, { at: 2 }] })).toEqual(['status.places'])
  expect(await write({ places: [], queue: { position: 1, since, of: 2 } })).toEqual([
    'status.places',
    'status.queue.of',
  ])
  expect(lines).toEqual([
    { kind: 'Task', field: 'status.places' },
    { kind: 'Task', field: 'status.queue.of' },
  ])
  time += hour
  await write({ places: [] })
  expect(lines).toHaveLength(3)
})
