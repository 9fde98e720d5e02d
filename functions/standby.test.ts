import type { Deployment } from 'kubernetes-types/apps/v1'
import { describe, expect, test } from 'vitest'
import type { Agent } from '../crds/agent.ts'
import type { Key } from '../shared/hint.ts'
import type { KubeObject } from '../shared/kubernetes.ts'
import { agent, withAgentSpec } from '../test/builders/agent.ts'
import { withMetadata } from '../test/builders/change.ts'
import { serviceAccount } from '../test/builders/core.ts'
import { ended, running } from '../test/builders/pod.ts'
import { stopRequested, task, withSpec } from '../test/builders/task.ts'
import { at } from '../test/builders/time.ts'
import { conditionTexts } from '../test/builders/told.ts'
import { world } from '../test/builders/world.ts'

const coder: Key = { kind: 'Agent', namespace: 'default', name: 'coder' }
const job: Key = { kind: 'Task', namespace: 'default', name: 'job' }
type Anyhow = (object: never) => KubeObject

const standby = withAgentSpec({ standby: { idleTimeout: '30m' } })
const suspend = withAgentSpec({ suspend: true }) as Anyhow
const connected = (seconds: number) =>
  ((one: Agent) =>
    withMetadata({
      annotations: { ...one.metadata.annotations, 'kubeopencode.io/last-connection-active': at(seconds) },
    })(one)) as Anyhow

const serving = async (...changes: Parameters<typeof agent>) => {
  const here = world(agent(...changes), serviceAccount())
  await here.look(coder)
  await here.serve()
  await here.look(coder)
  const replicas = async () => ((await here.read('Deployment', 'coder-server')) as Deployment).spec?.replicas
  const conditions = async (kind: 'Agent' | 'Task', name: string) =>
    conditionTexts((await here.read(kind, name)).status)
  const message = async (name: string) =>
    (await here.read('Task', name)).status?.conditions?.find(({ type }) => type === 'Queued')?.message
  /** What a tick asks for, with no memory of anything. */
  const ticked = async () => {
    await here.tick()
    const asked = here.published.splice(0)
    for (const text of asked) {
      const [kind = '', namespace = '', name = ''] = text.split('/')
      await here.look({ kind: kind as Key['kind'], namespace, name })
    }
    return asked
  }
  return { ...here, replicas, conditions, message, ticked }
}

const patches = (writes: readonly string[]) => writes.filter((write) => write.startsWith('patch Agent'))

describe('standby', () => {
  const asleep = async () => {
    const here = await serving(standby)
    here.pass(1800)
    await here.ticked()
    await here.serve(0)
    await here.look(coder)
    return here
  }

  test('an idle Agent is suspended by the tick alone, in one write, and then nothing is written', async () => {
    const here = await serving(standby)
    expect((await here.read('Agent', 'coder')).status).toMatchObject({
      idleSince: at(0),
      dueTime: '2026-06-01T12:30:00.000Z',
    })
    here.pass(1799)
    expect(await here.ticked()).toEqual([])
    here.pass(1)
    const before = here.cluster.writes.length
    expect(await here.ticked()).toEqual(['Agent/default/coder'])
    expect(patches(here.cluster.writes.slice(before))).toHaveLength(1)
    expect(await here.read('Agent', 'coder')).toMatchObject({
      metadata: { annotations: { 'kubeopencode.io/suspended-by': 'standby' } },
      spec: { suspend: true },
      status: { phase: 'Suspended' },
    })
    expect(await here.conditions('Agent', 'coder')).toContain('Suspended=True Standby')
    expect(await here.replicas()).toBe(0)
    await here.serve(0)
    expect(await here.sweeps(coder)).toEqual([])
    expect(await here.ticked()).toEqual([])
  })

  test('a Task resumes it, waits in words, and runs; the idle time begins anew after it', async () => {
    const here = await asleep()
    here.cluster.put(task())
    await here.look(job)
    expect(await here.conditions('Agent', 'coder')).toContain('Suspended=False Active')
    expect((await here.read('Agent', 'coder')).metadata.annotations).toBeUndefined()
    expect(await here.replicas()).toBe(1)
    expect(await here.conditions('Task', 'job')).toEqual(['Queued=True AgentServerNotReady'])
    await here.serve()
    await here.look(coder)
    expect((await here.read('Task', 'job')).status?.phase).toBe('Running')
    expect((await here.read('Agent', 'coder')).status).not.toHaveProperty('idleSince')
    here.pass(7200)
    await here.look(coder)
    expect((await here.read('Agent', 'coder')).spec.suspend).toBe(false)
    await here.change('Pod', 'job-pod', ended(0) as Anyhow)
    await here.look(job)
    expect((await here.read('Agent', 'coder')).status?.idleSince).toBe(at(1800 + 7200))
  })

  test('many Tasks at once cause one write of the Agent’s spec', async () => {
    const here = await asleep()
    const names = ['a', 'b', 'c', 'd']
    for (const name of names) here.cluster.put(task(withMetadata({ name, uid: name })))
    const writes = await here.look(...names.map((name) => ({ ...job, name })), coder, coder)
    expect(patches(writes)).toHaveLength(1)
  })

  test('a Task that comes between the look and the write is not stranded, and its server is never scaled down', async () => {
    const here = await serving(standby)
    here.pass(1800)
    here.cluster.refuse = (write) => {
      if (write === 'patch Agent default/coder' && here.cluster.writes.length > 0) {
        here.cluster.refuse = () => undefined
        here.cluster.put(task())
      }
      return undefined
    }
    await here.look(coder)
    await here.look(job)
    expect((await here.read('Agent', 'coder')).spec.suspend).toBe(false)
    expect((await here.read('Task', 'job')).status?.phase).toBe('Running')
    expect(await here.replicas()).toBe(1)
    expect(here.cluster.writes.filter((write) => write === 'apply Deployment default/coder-server')).toHaveLength(1)
  })

  test('a Task that has read the Agent before it was suspended finds its server kept', async () => {
    const here = await serving(standby)
    here.pass(1800)
    here.cluster.put(task())
    // The Task's own look is the slower one: its Pod is made after the suspension is stored.
    here.cluster.refuse = (write) => {
      if (write === 'create Pod default/job-pod') {
        here.cluster.refuse = () => undefined
        here.cluster.put(
          withMetadata({ annotations: { 'kubeopencode.io/suspended-by': 'standby' } })(
            agent(standby, withAgentSpec({ suspend: true })),
          ),
        )
      }
      return undefined
    }
    await here.look(job, coder)
    expect((await here.read('Task', 'job')).status?.phase).toBe('Running')
    expect((await here.read('Agent', 'coder')).spec.suspend).toBe(false)
    expect(await here.replicas()).toBe(1)
  })

  test('an open terminal keeps it awake, and its signs of life are not answered with writes', async () => {
    const here = await serving(standby)
    for (let minute = 1; minute < 30; minute += 1) {
      here.pass(60)
      await here.change('Agent', 'coder', connected(60 * minute))
      expect(await here.look(coder)).toEqual([])
    }
    here.pass(60)
    // The first deadline is written anew, from the last sign of life.
    expect(await here.ticked()).toEqual(['Agent/default/coder'])
    expect((await here.read('Agent', 'coder')).status?.dueTime).toBe('2026-06-01T12:59:00.000Z')
    here.pass(29 * 60)
    await here.ticked()
    expect((await here.read('Agent', 'coder')).spec.suspend).toBe(true)
  })

  test('a terminal that is opened wakes it', async () => {
    const here = await asleep()
    here.pass(600)
    await here.change('Agent', 'coder', connected(2400))
    await here.look(coder)
    expect((await here.read('Agent', 'coder')).spec.suspend).toBe(false)
    expect(await here.replicas()).toBe(1)
    await here.serve()
    await here.look(coder)
    expect(await here.sweeps()).toEqual([])
  })

  test('a timeout that is too short is told, and no more once it is not', async () => {
    const here = await serving(withAgentSpec({ standby: { idleTimeout: '90s' } }))
    expect(await here.conditions('Agent', 'coder')).toContain('StandbyConfigWarning=True IdleTimeoutTooShort')
    await here.change('Agent', 'coder', standby as Anyhow)
    await here.look(coder)
    expect((await here.conditions('Agent', 'coder')).join()).not.toContain('StandbyConfigWarning')
  })
})

describe('a person’s suspension', () => {
  test('keeps the server for the Tasks at work, takes no new ones, and ends with the last of them', async () => {
    const here = await serving()
    here.cluster.put(task())
    await here.look(job)
    await here.change('Pod', 'job-pod', running as Anyhow)
    await here.change('Agent', 'coder', suspend)
    await here.look(coder)
    expect(await here.replicas()).toBe(1)
    expect(await here.conditions('Agent', 'coder')).toEqual([
      'ServerReady=False Suspended',
      'ServerHealthy=True DeploymentHealthy',
      'Suspended=True UserRequested',
      'Ready=True Suspended',
    ])
    here.cluster.put(task(withMetadata({ name: 'next', uid: 'next' })))
    await here.look({ ...job, name: 'next' })
    expect(await here.conditions('Task', 'next')).toEqual(['Queued=True AgentSuspended'])
    expect(await here.message('next')).toMatch(/suspended by a person; set spec.suspend to false to resume it/)
    expect(await here.replicas()).toBe(1)
    await here.change('Pod', 'job-pod', ended(0) as Anyhow)
    await here.look(job)
    expect(await here.replicas()).toBe(0)
    expect((await here.read('Task', 'job')).status?.phase).toBe('Completed')
    await here.serve(0)
    expect(await here.sweeps(coder, { ...job, name: 'next' })).toEqual([])
  })

  test('with standby, holds against what waited before it and ends with what comes after', async () => {
    const here = await serving(withAgentSpec({ standby: { idleTimeout: '30m' }, maxConcurrentTasks: 1 }))
    const numbered = (name: string, age: number) => task(withMetadata({ name, uid: name, creationTimestamp: at(age) }))
    here.cluster.put(numbered('first', 0))
    here.cluster.put(numbered('second', 1))
    await here.look({ ...job, name: 'first' })
    await here.look({ ...job, name: 'second' })
    here.pass(10)
    await here.look({ ...job, name: 'second' })
    await here.change('Agent', 'coder', suspend)
    await here.look(coder)
    await here.change('Pod', 'first-pod', ended(0) as Anyhow)
    await here.look({ ...job, name: 'first' })
    expect(await here.replicas()).toBe(0)
    expect(await here.message('second')).toMatch(/suspended by a person; .*or create another Task/)
    here.pass(60)
    here.cluster.put(numbered('third', 70))
    await here.look({ ...job, name: 'third' })
    expect((await here.read('Agent', 'coder')).spec.suspend).toBe(false)
    await here.serve()
    await here.look(coder)
    expect((await here.read('Task', 'second')).status?.phase).toBe('Running')
    expect((await here.read('Task', 'third')).status?.phase).toBe('Queued')
  })
})

describe('an Agent that goes', () => {
  test('ends each of a hundred Tasks that wait for it, with its name', async () => {
    const here = await serving(withAgentSpec({ suspend: true }))
    const names = Array.from({ length: 100 }, (_, index) => `job-${index}`)
    for (const name of names) here.cluster.put(task(withMetadata({ name, uid: name })))
    for (const name of names) await here.look({ ...job, name })
    here.cluster.drop(coder)
    // One hint, for the deletion; then the wait for what is named but missing runs out.
    await here.look(coder)
    here.pass(5)
    await here.ticked()
    for (const name of names) {
      const { status } = await here.read('Task', name)
      expect(status?.phase).toBe('Failed')
      expect(conditionTexts(status)).toEqual(['Ready=False AgentError', 'Failed=True AgentError'])
      expect(status?.conditions?.[1]?.message).toBe(
        'Agent default/coder does not exist; once it is there, create the Task again',
      )
      expect(status).not.toHaveProperty('queue')
    }
  })
})

describe('a place in the queue', () => {
  const limited = withAgentSpec({ maxConcurrentTasks: 1 })
  const numbered = (number: number) =>
    task(withMetadata({ name: `job-${number}`, uid: `uid-${number}`, creationTimestamp: at(number) }), withSpec({}))

  const queue = async () => {
    const here = await serving(limited)
    for (const number of [1, 2, 3, 4]) {
      here.cluster.put(numbered(number))
      await here.look({ ...job, name: `job-${number}` })
      here.pass(2)
      await here.look({ ...job, name: `job-${number}` })
    }
    const places = async () =>
      Promise.all(
        [1, 2, 3, 4].map(async (number) => (await here.read('Task', `job-${number}`)).status?.queue?.position),
      )
    return { ...here, places }
  }

  test('is counted when a Task comes, falls when one before it begins, and is gone with the queue', async () => {
    const here = await queue()
    expect(await here.places()).toEqual([undefined, 1, 2, 3])
    expect(await here.message('job-4')).toBe(
      'Agent coder runs 1 of 1 Tasks; the end of one of them, or a higher maxConcurrentTasks, makes room; position 3 in the queue',
    )
    await here.change('Pod', 'job-1-pod', ended(0) as Anyhow)
    await here.look({ ...job, name: 'job-1' })
    here.pass(2)
    await here.look(coder)
    expect(await here.places()).toEqual([undefined, undefined, 1, 2])
  })

  test('falls when one before it is stopped, or is deleted', async () => {
    const here = await queue()
    await here.change('Task', 'job-2', stopRequested as Anyhow)
    await here.look({ ...job, name: 'job-2' })
    expect(await here.places()).toEqual([undefined, undefined, 1, 2])
    here.cluster.drop({ ...job, kind: 'Task', name: 'job-3' })
    await here.look(coder)
    expect((await here.read('Task', 'job-4')).status?.queue?.position).toBe(1)
  })
})
