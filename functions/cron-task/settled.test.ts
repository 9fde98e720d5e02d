import { describe, expect, test } from 'vitest'
import type { CronTask } from '../../crds/cron-task.ts'
import { reconcile } from '../../shared/reconcile.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import type { Change } from '../../test/builders/change.ts'
import { withMetadata } from '../../test/builders/change.ts'
import { announced, child, cronTask, finished, triggered, withCronSpec } from '../../test/builders/cron-task.ts'
import { hour } from '../../test/builders/cron-table.ts'
import { recordedDeps } from '../../test/builders/deps.ts'
import { memoryCluster } from '../../test/builders/memory-cluster.ts'
import { later, now } from '../../test/builders/time.ts'
import { cronTaskReconciler } from './index.ts'
import { settledCronTasks } from './settled.ts'

/** After a look, or as many as it takes, there is nothing to do; then something changes. */
const lookedAt = async (
  objects: readonly KubeObject[],
  ...changes: Change<CronTask>[]
): Promise<ReturnType<typeof recordedDeps>> => {
  const deps = recordedDeps(memoryCluster(cronTask(announced(hour), ...changes), ...objects))
  const look = () =>
    reconcile(cronTaskReconciler, { key: { kind: 'CronTask', namespace: 'default', name: 'nightly' } }, deps)
  while ((await look()).writes > 0);
  return deps
}

const isSettled = async ({ cluster }: ReturnType<typeof recordedDeps>, at: Date = now): Promise<boolean> => {
  const { items } = await cluster.list('CronTask')
  return (await settledCronTasks(cluster, items, at)).size === 1
}

describe('a CronTask whose next slot is announced', () => {
  const running = child(-hour)
  test.each([
    { name: 'without a Task', objects: [] },
    { name: 'whose Task runs', objects: [running] },
    { name: 'whose Task has ended', objects: [child(-hour, finished(1))] },
    { name: 'that is suspended', objects: [], change: withCronSpec({ suspend: true }) },
  ])('is settled, $name', async ({ objects, change = (one: CronTask) => one }) => {
    expect(await isSettled(await lookedAt(objects, change))).toBe(true)
  })

  test('is not where its slot has come', async () => {
    expect(await isSettled(await lookedAt([]), later(hour))).toBe(false)
  })

  test('is not where its Task has ended, or is gone, or has come', async () => {
    const deps = await lookedAt([running])
    deps.cluster.put(child(-hour, finished(1)))
    expect(await isSettled(deps)).toBe(false)
    deps.cluster.drop({ kind: 'Task', namespace: 'default', name: running.metadata.name })
    expect(await isSettled(deps)).toBe(false)
    const before = await lookedAt([])
    expect(await isSettled(before)).toBe(true)
    before.cluster.put(running)
    expect(await isSettled(before)).toBe(false)
  })

  test.each([
    { name: 'where a person asks for a run', change: triggered() },
    { name: 'where it was edited', change: withMetadata({ generation: 2 }) },
    {
      name: 'while it is deleted',
      change: withMetadata({ deletionTimestamp: '2026-06-01T12:00:00Z', finalizers: ['a'] }),
    },
  ])('is not $name', async ({ change }) => {
    const deps = await lookedAt([])
    const [one] = (await deps.cluster.list('CronTask')).items
    deps.cluster.put(change(one!))
    expect(await isSettled(deps)).toBe(false)
  })
})

test('a list tells of 25, and of one namespace; Tasks of others that have the label do not count', async () => {
  const named = (namespace: string, count: number) =>
    Array.from({ length: count }, (_, index) =>
      cronTask(announced(hour), withMetadata({ namespace, name: `cron-${index}`, uid: `${namespace}-${index}` })),
    )
  const stranger = child(-hour, withMetadata({ namespace: 'two', labels: { 'kubeopencode.io/crontask': 'cron-0' } }))
  const deps = recordedDeps(memoryCluster(...named('one', 26), ...named('two', 2), stranger))
  for (const { metadata } of [...named('one', 26), ...named('two', 2)])
    await reconcile(
      cronTaskReconciler,
      { key: { kind: 'CronTask', ...metadata, namespace: metadata.namespace ?? '' } },
      deps,
    )
  const selectors: string[] = []
  const list: typeof deps.cluster.list = (kind, options) => {
    selectors.push(`${kind} ${options?.namespace} ${options?.labelSelector?.split(',').length}`)
    return deps.cluster.list(kind, options)
  }
  const { items } = await deps.cluster.list('CronTask')
  expect((await settledCronTasks({ ...deps.cluster, list }, items, now)).size).toBe(28)
  expect(selectors).toEqual(['Task one 25', 'Task one 1', 'Task two 2'])
})
