import { describe, expect, test } from 'vitest'
import type { Agent } from '../../crds/agent.ts'
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

describe('a turn', () => {
  test('that is the first for a while is given with a look at all of the Agent, which says who comes next', async () => {
    const here = await crowd(4)
    expect(await here.end('job-1')).toContain(whole)
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
    expect(read).not.toContain(whole)
    expect(read.filter((one) => one.startsWith('list'))).toEqual([])
    expect(await here.running()).toEqual(['job-3'])
    expect(await here.status()).toMatchObject({ activeTasks: [{ name: 'job-3' }], nextTasks: [{ name: 'job-4' }] })
  })

  test('is looked at once more where time has gone on, for the places of those that wait', async () => {
    const here = await crowd(9)
    await here.end('job-1')
    await here.end('job-2')
    here.pass(2)
    expect(await here.end('job-3')).toContain(whole)
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

  test('goes to whoever came too lately to be sure of its place only after a look at all', async () => {
    const here = await crowd(2)
    await here.end('job-1')
    expect((await here.status())?.nextTasks ?? []).toEqual([])
    here.cluster.put(task(withMetadata({ name: 'late', uid: 'uid-late', creationTimestamp: at(59) })))
    await here.look(keyOf('late'))
    expect(await here.end('job-2')).toContain(whole)
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
    first,
  }

  test('for the first that waits', () => {
    const { status, wake, turns } = decideTurn(sight, now)
    expect(status).toMatchObject({ activeTasks: [{ uid: 'uid-job-2' }], queuedTasks: 0 })
    expect(status).not.toHaveProperty('nextTasks')
    expect(wake).toEqual([keyOf('job-2')])
    expect(turns).toBeUndefined()
  })

  test('for nobody while the Pod of who ended is still at work', () => {
    const owner = { apiVersion: 'v1', kind: 'Task', name: 'job-1', uid: 'uid-job-1', controller: true }
    const lingering = pod(running, (one) => ({
      ...one,
      metadata: { ...one.metadata, name: 'job-1-pod', ownerReferences: [owner] },
    }))
    const { status, wake } = decideTurn({ ...sight, taskPods: [lingering] }, now)
    expect(status).toEqual(parent.status)
    expect(wake).toEqual([])
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
