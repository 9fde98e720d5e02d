import { describe, expect, test } from 'vitest'
import { recordedDeps } from '../test/builders/deps.ts'
import { memoryCluster } from '../test/builders/memory-cluster.ts'
import { withMetadata } from '../test/builders/change.ts'
import { task } from '../test/builders/task.ts'
import { now } from '../test/builders/time.ts'
import type { Sight } from '../test/builders/planned.ts'
import { child, key, planned, podRef, ref, world } from '../test/builders/planned.ts'
import { RetryableError } from './errors.ts'
import type { Cause, Hint } from './hint.ts'
import type { Cluster } from './ports.ts'
import type { Reconciler } from './reconcile.ts'
import { reconcile } from './reconcile.ts'

describe('a hint that is ahead of its write', () => {
  const cases: { name: string; cause: Cause; appears: number | 'never'; slept: number[]; again?: number }[] = [
    {
      name: 'a creation is waited for',
      cause: { ref: podRef, operation: 'CREATE' },
      appears: 3,
      slept: [5, 4, 8],
    },
    {
      name: 'and not looked for at once',
      cause: { ref: podRef, operation: 'CREATE' },
      appears: 1,
      slept: [5],
    },
    {
      name: 'one that was refused, or comes later, costs the whole wait and one more look',
      cause: { ref: podRef, operation: 'CREATE' },
      appears: 'never',
      slept: [5, 4, 8, 16, 32],
      again: 2,
    },
    {
      name: 'a change is waited for until another version is there',
      cause: { ref: podRef, operation: 'UPDATE', resourceVersion: 'before' },
      appears: 2,
      slept: [3, 4],
    },
    {
      name: 'an object that the change is about and is gone is no reason to wait longer',
      cause: { ref: podRef, operation: 'UPDATE', resourceVersion: 'before' },
      appears: 'never',
      slept: [3],
    },
    {
      name: 'another object is not waited for',
      cause: { ref: { ...podRef, name: 'other' }, operation: 'CREATE' },
      appears: 'never',
      slept: [],
    },
    {
      name: 'nor one of another namespace',
      cause: { ref: { ...podRef, namespace: 'other' }, operation: 'CREATE' },
      appears: 'never',
      slept: [],
    },
  ]

  test.each(cases)('$name', async ({ cause, appears, slept, again }) => {
    const deps = world()
    const isChange = cause.operation === 'UPDATE'
    let version = 'before'
    let isThere = isChange && appears !== 'never'
    const arrive = () => {
      isThere = true
      version = 'after'
    }
    if (appears === 0) arrive()
    const seen: (string | undefined)[] = []
    const reconciler: Reconciler<Sight> = {
      ...planned({}),
      gather: async ({ reader }) => {
        const pod = await reader.get(podRef)
        seen.push(pod?.metadata?.resourceVersion)
        const parent = await reader.get(ref)
        return parent && { parent }
      },
    }
    const cluster = {
      ...deps.cluster,
      get: (async (asked) =>
        asked.kind === 'Pod'
          ? isThere
            ? { ...child('Pod', 'old'), metadata: { name: 'old', resourceVersion: version } }
            : undefined
          : deps.cluster.get(asked)) as Cluster['get'],
    }
    const clock = {
      now: () => now,
      sleep: async (milliseconds: number) => {
        deps.slept.push(milliseconds)
        if (deps.slept.length === appears) arrive()
      },
    }
    const outcome = await reconcile(reconciler, { key, cause }, { ...deps, cluster, clock })
    expect(outcome.againSeconds).toBe(again)
    expect(deps.slept).toEqual(slept)
    expect(seen).toEqual([appears === 'never' ? undefined : 'after'])
  })
})

test('a parent whose creation is not to be seen yet is looked for again', async () => {
  const deps = recordedDeps(memoryCluster())
  const cause: Cause = { ref, operation: 'CREATE' }
  expect(await reconcile(planned({}), { key, cause }, deps)).toEqual({ writes: 0, againSeconds: 2 })
})

test('a list of the kind that the hint is about waits too: who is deleted is not listed any more', async () => {
  const deps = world(task(withMetadata({ name: 'goes', resourceVersion: '7' })))
  const doomed = { ...ref, name: 'goes' } as const
  const { resourceVersion = '' } = (await deps.cluster.get(doomed))?.metadata ?? {}
  const listed: string[] = []
  const reconciler: Reconciler<Sight> = {
    ...planned({}),
    gather: async ({ reader }) => {
      listed.push(...(await reader.list('Task')).items.map(({ metadata }) => metadata.name))
      return { parent: task() }
    },
  }
  const clock = { ...deps.clock, sleep: async () => deps.cluster.drop(doomed) }
  const cause: Cause = { ref: doomed, operation: 'DELETE', resourceVersion }
  await reconcile(reconciler, { key: { ...key, kind: 'Agent' }, cause }, { ...deps, clock })
  expect(listed).toEqual(['job'])
})

describe('what a hint says will be needed', () => {
  const look = async (ahead: NonNullable<Hint['ahead']>, times: number) => {
    const deps = world(child('Pod', 'old'))
    const reads: string[] = []
    const cluster: Cluster = {
      ...deps.cluster,
      get: (wanted) => {
        reads.push(wanted.kind)
        return deps.cluster.get(wanted)
      },
    }
    const reconciler: Reconciler<Sight> = {
      ...planned({}),
      gather: async ({ reader }) => {
        const parent = await reader.get(ref)
        for (let time = 0; time < times; time++) await reader.get(podRef)
        return parent && { parent }
      },
    }
    await reconcile(reconciler, { key, ahead }, { ...deps, cluster })
    return reads
  }

  test('is read before anybody asks', async () => expect(await look([podRef], 1)).toEqual(['Pod', 'Task']))
  test('is read anew by who asks again', async () => expect(await look([podRef], 2)).toEqual(['Pod', 'Task', 'Pod']))
  test('is no more than that', async () => expect(await look([], 1)).toEqual(['Task', 'Pod']))
  test('may be in vain, and may fail', async () => {
    const deps = world()
    const cluster: Cluster = {
      ...deps.cluster,
      get: (wanted) => (wanted.kind === 'Pod' ? Promise.reject(new RetryableError('busy')) : deps.cluster.get(wanted)),
    }
    expect(await reconcile(planned({ patch: { a: 1 } }), { key, ahead: [podRef] }, { ...deps, cluster })).toEqual({
      writes: 1,
    })
  })
})
