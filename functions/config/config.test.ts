import { describe, expect, test } from 'vitest'
import type { Key } from '../../shared/hint.ts'
import { keyText } from '../../shared/hint.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { reconcile } from '../../shared/reconcile.ts'
import { agent } from '../../test/builders/agent.ts'
import { withMetadata } from '../../test/builders/change.ts'
import { config } from '../../test/builders/config.ts'
import { announced, child, cronTask, finished } from '../../test/builders/cron-task.ts'
import { recordedDeps } from '../../test/builders/deps.ts'
import { memoryCluster } from '../../test/builders/memory-cluster.ts'
import { started, task, withStatus } from '../../test/builders/task.ts'
import { at, now } from '../../test/builders/time.ts'
import { stretchOf } from '../schedule/due.ts'
import { dueCleanups } from './due.ts'
import { configReconciler } from './index.ts'

const whole: Key = { kind: 'KubeOpenCodeConfig', name: 'cluster' }
const one: Key = { ...whole, namespace: 'default' }

/** A Task that ended `seconds` ago, as the Task's function writes it down. */
const ended = (name: string, seconds: number, namespace = 'default') =>
  task(
    withMetadata({ name, namespace, uid: name }),
    finished(seconds),
    withStatus({ completionMinute: `${at(-seconds).slice(0, 16)}:00Z` }),
  )

const looked = async (objects: readonly KubeObject[], key = whole) => {
  const deps = recordedDeps(memoryCluster(...objects))
  const outcome = await reconcile(configReconciler, { key }, deps)
  return { ...deps, outcome, writes: deps.cluster.writes }
}

describe('the configuration', () => {
  const settled = (cleanup: Parameters<typeof config>[0]) => ({
    ...config(cleanup, 1),
    status: {
      observedGeneration: 1,
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'Valid',
          message: 'the configuration is in force',
          lastTransitionTime: at(-9),
          observedGeneration: 1,
        },
      ],
    },
  })
  const cases = [
    {
      name: 'without a cleanup deletes nothing',
      objects: [settled(undefined), ended('old', 1e6)],
      writes: [],
    },
    {
      name: 'deletes what is past its time, anywhere, and nothing that runs',
      objects: [
        settled({ ttlSecondsAfterFinished: 60 }),
        ended('old', 60),
        ended('young', 59),
        ended('other', 61, 'team'),
        task(withMetadata({ name: 'runs' }), started(1e6)),
        task(withMetadata({ name: 'new' })),
      ],
      writes: ['remove Task default/old', 'remove Task team/other'],
    },
    {
      name: 'keeps so many in each namespace',
      objects: [
        settled({ maxRetainedTasks: 1 }),
        ended('a', 9),
        ended('b', 8),
        ended('c', 7, 'team'),
        ended('d', 9, 'team'),
      ],
      writes: ['remove Task default/a', 'remove Task team/d'],
    },
    {
      name: 'that keeps Tasks for longer than there are dates keeps them',
      objects: [settled({ ttlSecondsAfterFinished: Number.MAX_SAFE_INTEGER }), ended('old', 1e6)],
      key: one,
      writes: [],
    },
    {
      name: 'that is settled writes nothing',
      objects: [settled({ maxRetainedTasks: 2, ttlSecondsAfterFinished: 60 }), ended('a', 9), ended('b', 8)],
      writes: [],
    },
    {
      name: 'is not for a namespace what it is for another',
      objects: [settled({ maxRetainedTasks: 0 }), ended('a', 9), ended('b', 8, 'team')],
      key: one,
      writes: ['remove Task default/a'],
    },
    {
      name: 'new: a namespace leaves the news to the whole',
      objects: [config({ maxRetainedTasks: 0 }), ended('a', 9), agent()],
      key: one,
      writes: ['remove Task default/a'],
    },
    {
      name: 'by time alone, a namespace is asked for the minutes that are due',
      objects: [
        settled({ ttlSecondsAfterFinished: 3600 }),
        ended('long ago', 9000),
        ended('due', 3700),
        ended('young', 30),
      ],
      key: one,
      writes: ['remove Task default/due'],
    },
  ]
  test.each(cases)('$name', async ({ objects, key, writes }) => {
    expect((await looked(objects, key)).writes).toEqual(writes)
  })

  test('new to its Agents wakes them', async () => {
    const { published, writes } = await looked([config({ maxRetainedTasks: 9 }), agent()])
    expect(published).toEqual(['Agent/default/coder'])
    expect(writes).toEqual(['status KubeOpenCodeConfig cluster'])
  })

  test('set first with thousands of finished Tasks: so many at a time, and on at once', async () => {
    const many = Array.from({ length: 1200 }, (_, index) => ended(`task-${index}`, 100 + index))
    const deps = recordedDeps(memoryCluster(settled({ maxRetainedTasks: 100 }), ...many))
    const counts: number[] = []
    for (let again: number | undefined = 0; again === 0;) {
      const { writes, againSeconds } = await reconcile(configReconciler, { key: whole }, deps)
      counts.push(writes)
      again = againSeconds
    }
    expect(counts).toEqual([500, 500, 100])
    const left = (await deps.cluster.list('Task')).items.map(({ metadata }) => metadata.name)
    expect(new Set(left)).toEqual(new Set(many.slice(0, 100).map(({ metadata }) => metadata.name)))
  })

  test('waits until its CronTask knows of a Task, and asks for it', async () => {
    const behind = cronTask(announced(-60))
    const { published, writes } = await looked([settled({ maxRetainedTasks: 0 }), behind, child(0, finished(0))])
    expect(writes).toEqual([])
    expect(published).toEqual(['CronTask/default/nightly'])
  })

  test('does not wait for a CronTask of that name that is another', async () => {
    const other = cronTask(announced(-60), withMetadata({ uid: 'cron-uid-2' }))
    const { writes } = await looked([settled({ maxRetainedTasks: 0 }), other, child(0, finished(0))])
    expect(writes).toEqual([`remove Task default/${child(0).metadata.name}`])
  })
})

describe('a tick', () => {
  const due = async (...objects: readonly KubeObject[]) => {
    const keys: string[] = []
    for await (const hints of dueCleanups(memoryCluster(...objects), stretchOf(now, 60)))
      keys.push(...hints.map(({ key }) => keyText(key)))
    return keys
  }
  const whose = (namespace: string) => `KubeOpenCodeConfig/${namespace}/cluster`
  const cases = [
    { name: 'without a configuration', objects: [ended('a', 5)], want: [] },
    { name: 'without a cleanup', objects: [config(undefined, 1), ended('a', 5)], want: [] },
    { name: 'with one that nobody has looked at', objects: [config({ maxRetainedTasks: 5 })], want: [whose('')] },
    {
      name: 'names the namespaces where a Task has just ended, each once',
      objects: [config({ maxRetainedTasks: 5 }, 1), ended('a', 5), ended('b', 65), ended('c', 500, 'team')],
      want: [whose('default')],
    },
    {
      name: 'names those where the time of one is up, though an earlier tick has failed',
      objects: [
        config({ ttlSecondsAfterFinished: 3600 }, 1),
        ended('a', 3600),
        ended('b', 3590, 'team'),
        ended('c', 3890, 'late'),
        ended('d', 9000, 'lost'),
      ],
      want: [whose('default'), whose('late')],
    },
  ]
  test.each(cases)('$name', async ({ objects, want }) => {
    expect(await due(...objects)).toEqual(want)
  })
})
