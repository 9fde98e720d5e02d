import * as fc from 'fast-check'
import type { Pod } from 'kubernetes-types/core/v1'
import { describe, expect, test } from 'vitest'
import type { Agent } from '../crds/agent.ts'
import type { Task } from '../crds/task.ts'
import { isFinished } from '../shared/finished.ts'
import type { Key } from '../shared/hint.ts'
import type { KubeObject } from '../shared/kubernetes.ts'
import { agent, withAgentSpec } from '../test/builders/agent.ts'
import { withMetadata } from '../test/builders/change.ts'
import { serviceAccount } from '../test/builders/core.ts'
import { ended } from '../test/builders/pod.ts'
import { stopRequested, task } from '../test/builders/task.ts'
import { at } from '../test/builders/time.ts'
import { world } from '../test/builders/world.ts'
import { byAge, isWaiting } from './agent/queue.ts'

/** What happens to a queue. `which` picks one of those that are there; `writes` is how many the functions live to make. */
type Step =
  | { readonly do: 'arrive'; readonly writes: number }
  | { readonly do: 'end' | 'stop' | 'delete'; readonly which: number; readonly writes: number }
  | { readonly do: 'limit'; readonly max: number; readonly writes: number }
  | { readonly do: 'quota'; readonly starts: number; readonly writes: number }
  | { readonly do: 'pass'; readonly seconds: number; readonly writes: number }

/** Mostly they live; now and then they are killed after so many writes, and every hint is lost with them. */
const writes = fc.oneof({ weight: 4, arbitrary: fc.constant(Infinity) }, { weight: 1, arbitrary: fc.nat(4) })
const which = fc.nat(50)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('arrive' as const), writes }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('end' as const), which, writes }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('stop' as const, 'delete' as const), which, writes }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('limit' as const), max: fc.integer({ min: 0, max: 4 }), writes }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('quota' as const), starts: fc.integer({ min: 0, max: 3 }), writes }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 40 }), writes }),
  },
)

const windowSeconds = 60
const coder: Key = { kind: 'Agent', namespace: 'default', name: 'coder' }
const keyOf = ({ metadata }: Task): Key => ({ kind: 'Task', namespace: 'default', name: metadata.name })
const hasRun = ({ status }: Pod): boolean => status?.phase === 'Succeeded'

const limitsOf = (max: number, starts: number) =>
  withAgentSpec({
    maxConcurrentTasks: max,
    ...(starts > 0 && { quota: { maxTaskStarts: starts, windowSeconds } }),
  })

/** An Agent that serves, its Tasks, and everything that must hold of them. */
const queueOf = async (max: number) => {
  const here = world(agent(limitsOf(max, 0)), serviceAccount())
  await here.look(coder)
  await here.serve()
  await here.look(coder)
  const { cluster } = here
  let limit = max
  let quota = 0
  let made = 0
  let seconds = 0
  const begun: number[] = []
  const seen = new Set<string>()

  const tasks = async (): Promise<readonly Task[]> => (await cluster.list('Task')).items
  const pods = async (): Promise<readonly Pod[]> => (await cluster.list('Pod')).items
  const change = (kind: 'Agent' | 'Pod' | 'Task', name: string, by: (object: never) => KubeObject) =>
    here.change(kind, name, by)

  /** The functions look at `keys` and die after so many writes; what they had in mind dies with them. */
  const look = async (deaths: number, ...keys: readonly Key[]): Promise<void> => {
    const before = cluster.writes.length
    cluster.refuse = () => (cluster.writes.length - before > deaths ? new Error('killed') : undefined)
    await here.look(...keys).catch((error: unknown) => {
      if (!String(error).includes('killed')) throw error
    })
    cluster.refuse = () => undefined
    here.published.splice(0)
    await hold()
  }

  /** Never above the limit, never above the quota, nobody before an older one, one Pod per Task. */
  const hold = async (): Promise<void> => {
    const all = await tasks()
    const live = (await pods()).filter((pod) => !hasRun(pod))
    const fresh = live.filter(({ metadata }) => !seen.has(metadata?.uid ?? ''))
    for (const { metadata } of fresh) {
      seen.add(metadata?.uid ?? '')
      begun.push(seconds)
    }
    if (fresh.length > 0 && limit > 0) expect(live.length).toBeLessThanOrEqual(limit)
    if (fresh.length > 0 && quota > 0)
      expect(begun.filter((start) => start > seconds - windowSeconds).length).toBeLessThanOrEqual(quota)
    const { status } = (await here.read('Agent', 'coder')) as Agent
    const held = new Set((status?.activeTasks ?? []).map(({ uid }) => uid))
    if (limit === 0 && quota === 0) return
    const [front] = all.filter((one) => isWaiting(one) && !held.has(one.metadata.uid ?? '')).toSorted(byAge)
    const called = all.filter((one) => isWaiting(one) && held.has(one.metadata.uid ?? ''))
    for (const one of called) if (front) expect(byAge(one, front)).toBeLessThan(0)
  }

  /** With no hint at all: what tick and sweep do. */
  const sweep = async (): Promise<void> =>
    look(Infinity, coder, ...(await tasks()).filter((one) => !isFinished(one)).map(keyOf))

  const act = async (one: Step): Promise<void> => {
    const all = await tasks()
    const pick = <T>(list: readonly T[], index: number): T | undefined => list[index % Math.max(1, list.length)]
    switch (one.do) {
      case 'arrive': {
        made += 1
        const name = `job-${made}`
        cluster.put(
          task(withMetadata({ name, uid: `uid-${String(made).padStart(3, '0')}`, creationTimestamp: at(made) })),
        )
        return look(one.writes, { ...coder, kind: 'Task', name })
      }
      case 'end': {
        const pod = pick(
          (await pods()).filter((candidate) => !hasRun(candidate)),
          one.which,
        )
        if (!pod) return
        await change('Pod', pod.metadata?.name ?? '', ended(0) as (object: never) => KubeObject)
        return look(one.writes, { ...coder, kind: 'Task', name: pod.metadata?.name?.replace(/-pod$/, '') ?? '' })
      }
      case 'stop': {
        const chosen = pick(
          all.filter((candidate) => !isFinished(candidate)),
          one.which,
        )
        if (!chosen) return
        await change('Task', chosen.metadata.name, stopRequested as (object: never) => KubeObject)
        return look(one.writes, keyOf(chosen))
      }
      case 'delete': {
        const chosen = pick(all, one.which)
        if (!chosen) return
        const { name } = chosen.metadata
        for (const ref of [
          { kind: 'Task', name },
          { kind: 'Pod', name: `${name}-pod` },
          { kind: 'ConfigMap', name: `${name}-context` },
        ] as const)
          cluster.drop({ ...ref, namespace: 'default' })
        return look(one.writes, keyOf(chosen), coder)
      }
      case 'limit':
      case 'quota': {
        // Who was called under the old limits begins under them.
        await sweep()
        if (one.do === 'limit') limit = one.max
        else quota = one.starts
        begun.splice(0)
        await change('Agent', 'coder', limitsOf(limit, quota) as (object: never) => KubeObject)
        return look(one.writes, coder)
      }
      case 'pass': {
        seconds += one.seconds
        here.pass(one.seconds)
        return look(one.writes, coder)
      }
    }
  }

  /** Pods end and time passes, and nobody tells: everybody must come to an end. */
  const drain = async (): Promise<void> => {
    for (let round = 0; round < 4 * (made + 4); round += 1) {
      for (const pod of (await pods()).filter((candidate) => !hasRun(candidate)))
        await change('Pod', pod.metadata?.name ?? '', ended(0) as (object: never) => KubeObject)
      await act({ do: 'pass', seconds: windowSeconds, writes: Infinity })
      await sweep()
      if ((await tasks()).every(isFinished)) return
    }
    throw new Error(
      `forgotten: ${(await tasks())
        .filter((one) => !isFinished(one))
        .map(({ metadata }) => metadata.name)
        .join(', ')}`,
    )
  }

  return { act, drain, sweep, cluster, read: here.read }
}

test('a queue under arrivals, ends, changes of limits and crashes: never above a limit, in order, nobody forgotten', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.array(step, { minLength: 5, maxLength: 40 }),
      async (max, steps) => {
        const queue = await queueOf(max)
        for (const one of steps) await queue.act(one)
        await queue.drain()
        const before = queue.cluster.writes.length
        await queue.sweep()
        await queue.sweep()
        const { status } = (await queue.read('Agent', 'coder')) as Agent
        expect(status?.activeTasks ?? []).toEqual([])
        expect(queue.cluster.writes.length - before).toBeLessThanOrEqual(1)
      },
    ),
    { numRuns: 60 },
  )
}, 480_000)

describe('whoever is killed between the end of a Task and the Pod of the next', () => {
  const numbered = (number: number) =>
    task(withMetadata({ name: `job-${number}`, uid: `uid-${number}`, creationTimestamp: at(number) }))
  const [first, second] = [1, 2].map((number): Key => ({ ...coder, kind: 'Task', name: `job-${number}` })) as [Key, Key]

  /** One runs, one waits; the first ends, and the functions live to make so many writes. */
  const killed = async (after: number) => {
    const here = world(agent(limitsOf(1, 0)), serviceAccount())
    await here.look(coder)
    await here.serve()
    await here.look(coder)
    here.cluster.put(numbered(1))
    await here.look(first)
    here.pass(2)
    here.cluster.put(numbered(2))
    await here.look(second)
    await here.change('Pod', 'job-1-pod', ended(0) as (object: never) => KubeObject)
    const before = here.cluster.writes.length
    here.cluster.refuse = () => (here.cluster.writes.length - before > after ? new Error('killed') : undefined)
    await here.look(first).catch(() => undefined)
    here.cluster.refuse = () => undefined
    here.published.splice(0)
    const made = here.cluster.writes.slice(before, before + after)
    const ticked = async () => {
      await here.tick()
      for (const text of here.published.splice(0)) {
        const [kind = '', namespace = '', name = ''] = text.split('/')
        await here.look({ kind: kind as Key['kind'], namespace, name })
      }
    }
    const outcome = async () => {
      // The write that was refused is the one after the last.
      const done = here.cluster.writes.filter((_, index) => index >= before && index !== before + after)
      const { phase, podName } = (await here.read('Task', 'job-2')).status ?? {}
      return {
        phase,
        podName,
        slots: (await here.read('Agent', 'coder')).status?.activeTasks?.map(({ uid }) => uid),
        podsMade: done.filter((write) => write === 'create Pod default/job-2-pod').length,
      }
    }
    return { ...here, made, ticked, outcome }
  }

  const begun = { phase: 'Running', podName: 'job-2-pod', slots: ['uid-2'], podsMade: 1 }

  test('makes these writes, each of which may be the last', async () => {
    expect((await killed(9)).made).toEqual([
      'status Task default/job-1',
      expect.stringMatching(/^create Event/),
      'status Agent default/coder',
      'create ConfigMap default/job-2-context',
      'create Pod default/job-2-pod',
      'status Task default/job-2',
      expect.stringMatching(/^create Event/),
    ])
  })

  test.each([0, 1, 2, 3, 4, 5, 6])('after %i of them, a sweep begins the next, once', async (after) => {
    const here = await killed(after)
    await here.look(first, second, coder)
    expect(await here.outcome()).toEqual(begun)
  })

  test.each([3, 4, 5, 6])(
    'after %i of them, so once the slot is given, the tick alone does, in seconds',
    async (after) => {
      const here = await killed(after)
      here.pass(6)
      await here.ticked()
      expect(await here.outcome()).toEqual(begun)
    },
  )
})
