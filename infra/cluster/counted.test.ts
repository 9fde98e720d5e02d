import { expect, test } from 'vitest'
import { RetryableError, TerminalError } from '../../shared/errors.ts'
import { memoryCluster } from '../../test/builders/memory-cluster.ts'
import { task } from '../../test/builders/task.ts'
import { counted } from './counted.ts'

const ref = { kind: 'Task', namespace: 'default', name: 'job' } as const
const version = (object: { metadata?: { resourceVersion?: string } } | undefined) =>
  object?.metadata?.resourceVersion ?? ''

const watched = () => {
  const cluster = memoryCluster(task())
  const told: string[] = []
  const telling = counted(cluster, (...words) => void told.push(words.join(' ')))
  return { cluster, telling, told }
}

test('each write is told with its kind, verb and outcome, and does what it did', async () => {
  const { telling, told } = watched()
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'default', name: 'a' } }
  expect(await telling.create(map)).toBe(true)
  expect(await telling.create(map)).toBe(false)
  await telling.apply({ ...map, metadata: { ...map.metadata, labels: { a: 'b' } } })
  const labelled = await telling.patch(ref, { metadata: { labels: { a: 'b' } } }, version(await telling.get(ref)))
  const { resourceVersion } = await telling.patchStatus(ref, { podName: 'job-pod' }, labelled)
  await telling.patchStatus(ref, { later: true }, resourceVersion)
  const seen = await telling.get(ref)
  expect(seen?.status?.podName).toBe('job-pod')
  await telling.remove(ref, seen?.metadata.uid ?? '')
  expect((await telling.list('Task')).items).toEqual([])
  expect(told).toEqual([
    'ConfigMap create done',
    'ConfigMap create exists',
    'ConfigMap apply done',
    'Task patch done',
    'Task patch_status done',
    'Task patch_status pruned',
    'Task delete done',
  ])
})

test.each([
  { error: new TerminalError('Forbidden', 'not allowed'), want: 'Task patch refused' },
  { error: new RetryableError('busy'), want: 'Task patch failed' },
])('$want, where it throws', async ({ error, want }) => {
  const { cluster, telling, told } = watched()
  cluster.refuse = () => error
  await expect(telling.patch(ref, {}, version(await telling.get(ref)))).rejects.toBe(error)
  expect(told).toEqual([want])
})
