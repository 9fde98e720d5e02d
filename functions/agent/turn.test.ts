import { describe, expect, test } from 'vitest'
import type { Agent } from '../../crds/agent.ts'
import type { Task } from '../../crds/task.ts'
import type { Key } from '../../shared/hint.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { agent, withAgentSpec } from '../../test/builders/agent.ts'
import { withMetadata } from '../../test/builders/change.ts'
import { serviceAccount } from '../../test/builders/core.ts'
import { ended, pod, running } from '../../test/builders/pod.ts'
import { stopRequested, task, withPhase } from '../../test/builders/task.ts'
import { at, now } from '../../test/builders/time.ts'
import { world } from '../../test/builders/world.ts'
import type { TurnSight } from './turn.ts'
import { decideTurn } from './turn.ts'

const coder: Key = { kind: 'Agent', namespace: 'default', name: 'coder' }
const keyOf = (name: string): Key => ({ kind: 'Task', namespace: 'default', name })

/** An Agent with a limit of one, and Tasks that came one after another a while ago. */
const crowd = async (count: number, spec: Parameters<typeof withAgentSpec>[0] = { maxConcurrentTasks: 1 }) => {
  const here = world(agent(withAgentSpec(spec)), serviceAccount())
  await here.look(coder)
  await here.serve()
  await here.look(coder)
  const names = Array.from({ length: count }, (_, index) => `job-${index + 1}`)
  for (const [index, name] of names.entries()) {
    here.cluster.put(task(withMetadata({ name, uid: `uid-${name}`, creationTimestamp: at(index) })))
    await here.look(keyOf(name))
  }
  here.pass(60)
  const { cluster } = here
  const asked: string[] = []
  for (const verb of ['get', 'list'] as const) {
    const original = cluster[verb] as (first: unknown, ...rest: unknown[]) => unknown
    Object.assign(cluster, {
      [verb]: (first: unknown, ...rest: unknown[]) => {
        asked.push(verb === 'list' ? `list ${String(first)}` : `get ${(first as { kind: string }).kind}`)
        return original(first, ...rest)
      },
    })
  }
  return {
    ...here,
    /** What was read since the last end of a Pod. */
    asked,
    /** A Pod ends, and its Task is looked at and whoever that wakes. Gives what was read. */
    end: async (name: string): Promise<string[]> => {
      asked.splice(0)
      await here.change('Pod', `${name}-pod`, ended(0) as (object: never) => KubeObject)
      await here.look(keyOf(name))
      return [...asked]
    },
    status: async () => ((await here.read('Agent', 'coder')) as Agent).status,
    running: async () =>
      (await cluster.list('Task')).items
        .filter(({ status }) => status?.phase === 'Running')
        .map(({ metadata }) => metadata.name),
  }
}

/** What a look at all of an Agent reads and one for a turn does not. */
const whole = 'get Deployment'
/** What a turn reads only where the status does not say who comes next. */
const queue = 'list Task'

describe('a turn', () => {
  test('that is the first for a while is given with a look at all of the queue, which says who comes next', async () => {
    const here = await crowd(4)
    const read = await here.end('job-1')
    expect(read).toContain(queue)
    expect(read).not.toContain(whole)
    expect(await here.status()).toMatchObject({
      activeTasks: [{ name: 'job-2' }],
      nextTasks: [
        { name: 'job-3', uid: 'uid-job-3' },
        { name: 'job-4', uid: 'uid-job-4' },
      ],
    })
  })

  test('that follows at once lists nothing: it reads the first in the queue and those that hold slots', async () => {
    const here = await crowd(4)
    await here.end('job-1')
    const read = await here.end('job-2')
    expect(read.filter((one) => one === whole || one.startsWith('list'))).toEqual([])
    expect(await here.running()).toEqual(['job-3'])
    expect(await here.status()).toMatchObject({ activeTasks: [{ name: 'job-3' }], nextTasks: [{ name: 'job-4' }] })
  })

  test('says nothing of places: that is left to a look at all of the Agent two seconds later at most', async () => {
    const here = await crowd(9)
    await here.end('job-1')
    await here.end('job-2')
    here.pass(2)
    expect(await here.end('job-3')).not.toContain(queue)
    const place = async () => ((await here.read('Task', 'job-5')) as Task).status?.queue?.position
    expect(await place()).toBeGreaterThan(1)
    here.pass(2)
    await here.look(coder)
    expect(await place()).toBe(1)
  })

  test.each([
    { name: 'the first in a stretch of two seconds', started: -2, queuedTasks: 2, again: 2 },
    { name: 'another in it, as the first has asked', started: 0, queuedTasks: 2, again: undefined },
    { name: 'one that leaves nobody waiting', started: -2, queuedTasks: 1, again: undefined },
  ])('asks for that look once: $name', ({ started, queuedTasks, again }) => {
    const parent = agent(withAgentSpec({ maxConcurrentTasks: 1 }), (one) => ({
      ...one,
      status: {
        activeTasks: [{ name: 'job-1', uid: 'uid-job-1', startTime: at(started) }],
        nextTasks: [{ name: 'job-2', uid: 'uid-job-2' }],
        queuedTasks,
      },
    }))
    const first = task(withMetadata({ name: 'job-2', uid: 'uid-job-2' }), withPhase('Queued'))
    const sight = { parent, profile: { maxConcurrentTasks: 1 }, tasks: [first], taskPods: [] }
    expect(decideTurn({ isTurn: true, isBrief: true, ...sight }, now).againSeconds).toBe(again)
  })

  test('that nobody waits for only frees the slot, and lists nobody', async () => {
    const here = await crowd(2, { maxConcurrentTasks: 5 })
    const read = await here.end('job-1')
    expect(read.filter((one) => one === whole || one.startsWith('list'))).toEqual([])
    expect((await here.status())?.activeTasks).toMatchObject([{ name: 'job-2' }])
  })

  test('that nobody waits for, of more than are read one by one, reads those alone that a list of all does not name', async () => {
    const here = await crowd(10, { maxConcurrentTasks: 20 })
    for (const name of ['job-7', 'job-8', 'job-9'])
      await here.change('Task', name, (one) => withPhase('Queued')(one as Task) as KubeObject)
    const read = await here.end('job-4')
    expect(read.filter((one) => one === whole || one === queue)).toEqual([queue])
    // The one that has ended, by its own look, again by the turn, and the Agent's word ahead of it.
    expect(read.filter((one) => one === 'get Task').length).toBeLessThan(4)
    expect((await here.status())?.activeTasks).toHaveLength(9)
  })

  test('of an Agent that is sent to sleep when it is idle is given with a look at all of it', async () => {
    const here = await crowd(1, { maxConcurrentTasks: 5, standby: { idleTimeout: '1m' } })
    expect(await here.end('job-1')).toContain(whole)
    expect((await here.status())?.idleSince).toBeDefined()
  })

  test('after which nobody is left of those that were to come is followed by a look at all of it', async () => {
    const here = await crowd(3, { maxConcurrentTasks: 1, standby: { idleTimeout: '1m' } })
    await here.end('job-1')
    here.cluster.drop({ kind: 'Task', namespace: 'default', name: 'job-3' })
    expect(await here.end('job-2')).toContain(whole)
    expect((await here.status())?.idleSince).toBeDefined()
  })

  test('finds who comes next as a look at all of the Agent has left it: set right, and filled up once half have begun', async () => {
    const here = await crowd(30)
    const next = async () => (await here.status())?.nextTasks?.map(({ name }) => name)
    const looked = async () => {
      await here.look(coder)
      return next()
    }
    await here.end('job-1')
    const first = await next()
    expect(first).toEqual(Array.from({ length: 20 }, (_, index) => `job-${index + 3}`))
    await here.end('job-2')
    expect(await looked()).toEqual(first?.slice(1))
    await here.change('Task', 'job-5', stopRequested as (object: never) => KubeObject)
    expect((await looked())?.slice(0, 2)).toEqual(['job-4', 'job-6'])
    for (const number of [3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14]) await here.end(`job-${number}`)
    expect(await next()).toHaveLength(9)
    expect(await looked()).toEqual(Array.from({ length: 15 }, (_, index) => `job-${index + 16}`))
    // Nobody believes it any more a while after the last turn, so nobody writes it.
    here.pass(60)
    await here.change('Task', 'job-17', stopRequested as (object: never) => KubeObject)
    expect((await looked())?.slice(0, 2)).toEqual(['job-16', 'job-17'])
  })

  test('is given with a look at all of the queue where the last was long ago: an older Task may have come from elsewhere', async () => {
    const here = await crowd(4)
    await here.end('job-1')
    here.pass(600)
    const older = task(
      withMetadata({ name: 'older', uid: 'uid-older', creationTimestamp: at(-5) }),
      withPhase('Queued'),
    )
    here.cluster.put(older)
    expect(await here.end('job-2')).toContain(queue)
    expect(await here.running()).toEqual(['older'])
  })

  test('lists the queue where the status does not say how many wait: an older definition may drop it', async () => {
    const here = await crowd(2)
    await here.change('Agent', 'coder', ((one: Agent) => {
      const { queuedTasks: _, ...status } = one.status ?? {}
      return { ...one, status }
    }) as never)
    expect(await here.end('job-1')).toContain(queue)
    expect(await here.running()).toEqual(['job-2'])
  })

  test('is given to who came at the same time as who has just ended', async () => {
    const here = await crowd(0)
    for (const name of ['one', 'two'])
      here.cluster.put(task(withMetadata({ name, uid: `uid-${name}`, creationTimestamp: at(59) })))
    await here.look(keyOf('one'), keyOf('two'))
    expect(await here.running()).toEqual(['one'])
    await here.end('one')
    expect(await here.running()).toEqual(['two'])
  })

  test('is asked for by who comes, and given with a look at the queue alone', async () => {
    const here = await crowd(1, { maxConcurrentTasks: 2 })
    here.asked.splice(0)
    here.cluster.put(task(withMetadata({ name: 'late', uid: 'uid-late', creationTimestamp: at(59) })))
    await here.look(keyOf('late'))
    expect(here.asked).toContain(queue)
    expect(here.asked).not.toContain(whole)
    expect(await here.running()).toEqual(['job-1', 'late'])
  })

  test('counts who has come to wait', async () => {
    const here = await crowd(1)
    here.cluster.put(task(withMetadata({ name: 'late', uid: 'uid-late', creationTimestamp: at(59) })))
    await here.look(keyOf('late'))
    expect(here.asked).not.toContain(whole)
    expect((await here.status())?.queuedTasks).toBe(1)
  })

  test('leaves out who was stopped or is gone, and gives it to whoever is next', async () => {
    const here = await crowd(5)
    await here.end('job-1')
    here.cluster.drop({ kind: 'Task', namespace: 'default', name: 'job-3' })
    await here.change('Task', 'job-4', stopRequested as (object: never) => KubeObject)
    await here.end('job-2')
    expect(await here.running()).toEqual(['job-5'])
    expect((await here.status())?.activeTasks).toMatchObject([{ name: 'job-5' }])
  })

  test('goes to nobody who has another Agent by now', async () => {
    const here = await crowd(4)
    await here.end('job-1')
    await here.change('Task', 'job-3', ((one: KubeObject & { spec: object }) => ({
      ...one,
      spec: { ...one.spec, agentRef: { name: 'other' } },
    })) as never)
    await here.end('job-2')
    expect(await here.running()).toEqual(['job-4'])
  })

  test('goes to whoever came too lately to be sure of its place only after a look at all of the queue', async () => {
    const here = await crowd(2)
    await here.end('job-1')
    expect((await here.status())?.nextTasks ?? []).toEqual([])
    here.cluster.put(task(withMetadata({ name: 'late', uid: 'uid-late', creationTimestamp: at(59) })))
    await here.look(keyOf('late'))
    expect(await here.end('job-2')).toContain(queue)
    expect(await here.running()).toEqual(['late'])
  })

  test('keeps to the quota', async () => {
    const here = await crowd(4, { maxConcurrentTasks: 1, quota: { maxTaskStarts: 2, windowSeconds: 3600 } })
    await here.end('job-1')
    await here.end('job-2')
    expect(await here.running()).toEqual([])
    expect((await here.status())?.taskStartHistory).toHaveLength(2)
  })

  test('goes to nobody who was made again under that name', async () => {
    const here = await crowd(4)
    await here.end('job-1')
    here.cluster.put(task(withMetadata({ name: 'job-3', uid: 'uid-another', creationTimestamp: at(59) })))
    await here.end('job-2')
    expect(await here.running()).toEqual(['job-4'])
  })

  test.each([
    { name: 'whose spec was changed', change: { maxConcurrentTasks: 3 }, generation: 2, running: 3 },
    { name: 'that was suspended', change: { suspend: true }, generation: 2, running: 0 },
  ])('of an Agent $name is given with a look at all of it', async ({ change, generation, running }) => {
    const here = await crowd(5)
    await here.end('job-1')
    await here.change('Agent', 'coder', ((one: Agent) => ({
      ...one,
      metadata: { ...one.metadata, generation },
      spec: { ...one.spec, ...change },
    })) as never)
    expect(await here.end('job-2')).toContain(whole)
    expect(await here.running()).toHaveLength(running)
  })

  test('where two slots are free is followed by another', async () => {
    const here = await crowd(6, { maxConcurrentTasks: 2 })
    await here.end('job-1')
    await here.change('Pod', 'job-2-pod', ended(0) as (object: never) => KubeObject)
    await here.change('Pod', 'job-3-pod', ended(0) as (object: never) => KubeObject)
    await here.look(keyOf('job-2'), keyOf('job-3'))
    expect(await here.running()).toEqual(['job-4', 'job-5'])
  })
})

describe('decided', () => {
  const slot = { name: 'job-1', uid: 'uid-job-1', startTime: now.toISOString() }
  const parent = agent(withAgentSpec({ maxConcurrentTasks: 1 }), (one) => ({
    ...one,
    status: { activeTasks: [slot], nextTasks: [{ name: 'job-2', uid: 'uid-job-2' }], queuedTasks: 1 },
  }))
  const first = task(withMetadata({ name: 'job-2', uid: 'uid-job-2' }), withPhase('Queued'))
  const sight: TurnSight = {
    isTurn: true,
    parent,
    profile: { maxConcurrentTasks: 1 },
    tasks: [first],
    taskPods: [],
    isBrief: true,
  }

  test('for the first that waits', () => {
    const { status, hints } = decideTurn(sight, now)
    expect(status).toMatchObject({ activeTasks: [{ uid: 'uid-job-2' }], queuedTasks: 0 })
    expect(status).not.toHaveProperty('nextTasks')
    expect(hints).toEqual([
      {
        key: keyOf('job-2'),
        ahead: [
          { kind: 'Agent', namespace: 'default', name: 'coder' },
          { kind: 'KubeOpenCodeConfig', name: 'cluster' },
          { kind: 'ConfigMap', namespace: 'default', name: 'job-2-context' },
        ],
      },
    ])
  })

  test('for two at once calls the first, and the second after a while, should nobody have told it', () => {
    const second = task(withMetadata({ name: 'job-3', uid: 'uid-job-3' }), withPhase('Queued'))
    const more = { ...sight, tasks: [...sight.tasks, second], isBrief: false, profile: { maxConcurrentTasks: 2 } }
    const { hints = [] } = decideTurn(more, now)
    expect(hints.map(({ key, afterSeconds }) => [key.name, afterSeconds])).toEqual([
      ['job-2', undefined],
      ['job-3', 2],
    ])
  })

  test('for nobody while the Pod of who ended is still at work', () => {
    const owner = { apiVersion: 'v1', kind: 'Task', name: 'job-1', uid: 'uid-job-1', controller: true }
    const lingering = pod(running, (one) => ({
      ...one,
      metadata: { ...one.metadata, name: 'job-1-pod', ownerReferences: [owner] },
    }))
    const { status, hints } = decideTurn({ ...sight, taskPods: [lingering] }, now)
    expect(status).toEqual(parent.status)
    expect(hints).toEqual([])
  })

  test('for nobody where the quota has no room: the slot is freed, and places are looked at soon', () => {
    const quota = { maxTaskStarts: 1, windowSeconds: 3600 }
    const start = { taskName: 'job-1', taskNamespace: 'default', uid: 'uid-job-1', startTime: now.toISOString() }
    const full = { ...parent, status: { ...parent.status, taskStartHistory: [start] } }
    const { status, againSeconds } = decideTurn({ ...sight, parent: full, profile: { ...sight.profile, quota } }, now)
    expect(status).toMatchObject({ activeTasks: [], nextTasks: [{ name: 'job-2' }], taskStartHistory: [start] })
    expect(againSeconds).toBeLessThanOrEqual(2)
  })
})
