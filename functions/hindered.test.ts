import { describe, expect, test } from 'vitest'
import type { Agent } from '../crds/agent.ts'
import type { CronTask } from '../crds/cron-task.ts'
import type { Task } from '../crds/task.ts'
import { conditionOf } from '../shared/conditions.ts'
import { HinderedError } from '../shared/errors.ts'
import type { Key } from '../shared/hint.ts'
import { agent, withAgentSpec } from '../test/builders/agent.ts'
import { withMetadata } from '../test/builders/change.ts'
import { serviceAccount } from '../test/builders/core.ts'
import { announced, cronTask } from '../test/builders/cron-task.ts'
import { ended, running } from '../test/builders/pod.ts'
import { stopRequested, task } from '../test/builders/task.ts'
import { conditionTexts } from '../test/builders/told.ts'
import { world } from '../test/builders/world.ts'

const coder: Key = { kind: 'Agent', namespace: 'default', name: 'coder' }
const key = (name: string): Key => ({ kind: 'Task', namespace: 'default', name })
const named = (name: string) => task(withMetadata({ name, uid: `uid-${name}` }))
const full = (what: RegExp) => (write: string) =>
  what.test(write) ? new HinderedError(`cannot ${write}: exceeded quota: small`) : undefined
const waiting = /exceeded quota: small; raise that ResourceQuota of namespace default, .*; it is tried again$/

/** A quota frees up again and a webhook comes back, so nobody fails for it, and nobody waits without saying why. */
describe('what others keep the apiserver from taking', () => {
  /** An Agent that serves and gives out both its turns, where `what` has no room. Gives what was written. */
  const serving = async (what: RegExp) => {
    const here = world(agent(withAgentSpec({ maxConcurrentTasks: 2 })), serviceAccount(), named('one'), named('two'))
    await here.look(coder)
    await here.serve()
    here.cluster.refuse = full(what)
    const writes = await here.look(coder)
    const status = async (name: string) => ((await here.read('Task', name)) as Task).status
    return { ...here, status, writes }
  }

  test('keeps a Task waiting that says so, tells it once, and begins when there is room', async () => {
    const here = await serving(/create Pod/)
    expect(here.writes.filter((write) => /create Event default\/one/.test(write))).toHaveLength(1)
    const { phase, conditions = [], podName } = (await here.status('one')) ?? {}
    expect([phase, podName, conditionTexts({ conditions })]).toEqual(['Pending', undefined, ['Ready=False PodPending']])
    expect(conditionOf(conditions, 'Ready')?.message).toMatch(waiting)
    expect((await here.look(key('one'))).filter((write) => /Event|status/.test(write))).toEqual([])

    here.cluster.refuse = () => undefined
    await here.look(key('one'))
    expect((await here.status('one'))?.phase).toBe('Running')
    expect(conditionTexts(await here.status('one'))).toEqual(['Ready=True PodRunning'])
  })

  test('does not hold up the one after it', async () => {
    const here = await serving(/create Pod default\/one-pod/)
    expect((await here.status('one'))?.phase).toBe('Pending')
    expect((await here.status('two'))?.phase).toBe('Running')
  })

  test('leaves a Task that is at work as it is', async () => {
    const here = await serving(/nothing/)
    await here.change('Pod', 'one-pod', running as never)
    const before = await here.status('one')
    here.cluster.refuse = full(/remove Pod/)
    await here.change('Task', 'one', stopRequested as never)
    await here.look(key('one'))
    expect(await here.status('one')).toEqual(before)
    here.cluster.refuse = () => undefined
    await here.look(key('one'))
    expect((await here.status('one'))?.phase).toBe('Completed')
  })

  test('leaves an Agent that serves ready, says so, and its turns are given out', async () => {
    const here = await serving(/nothing/)
    here.cluster.put(named('three'))
    await here.look(key('three'))
    await here.change('Pod', 'one-pod', ended(0) as never)
    here.cluster.refuse = full(/apply Deployment/)
    await here.change('Agent', 'coder', ((one: Agent) => ({
      ...one,
      metadata: { ...one.metadata, generation: 2 },
      spec: { ...one.spec, port: 4097 },
    })) as never)
    await here.look(key('one'))
    const { status } = (await here.read('Agent', 'coder')) as Agent
    expect(conditionTexts(status)).toContain('Ready=True Ready')
    expect(conditionOf(status?.conditions, 'Ready')?.message).toMatch(waiting)
    expect(status?.activeTasks?.map(({ name }) => name)).toEqual(['two', 'three'])
    expect((await here.status('three'))?.phase).toBe('Running')
  })

  test('keeps an Agent waiting that says so and has nothing invalid', async () => {
    const here = world(agent(withAgentSpec({ persistence: { sessions: { size: '1Gi' } } })), serviceAccount())
    here.cluster.refuse = full(/create PersistentVolumeClaim/)
    await here.look(coder)
    const { status } = (await here.read('Agent', 'coder')) as Agent
    expect(status?.phase).toBe('NotReady')
    expect(conditionTexts(status)).toContain('Ready=False ObjectsPending')
    expect(conditionOf(status?.conditions, 'Ready')?.message).toMatch(waiting)
    here.cluster.refuse = () => undefined
    expect(await here.look(coder)).toContain('apply Deployment default/coder-server')
  })

  test('leaves a suspended Agent suspended', async () => {
    const here = world(agent(withAgentSpec({ suspend: true })), serviceAccount())
    here.cluster.refuse = full(/apply Deployment/)
    await here.look(coder)
    const { status } = (await here.read('Agent', 'coder')) as Agent
    expect(status?.phase).toBe('Suspended')
    expect(conditionTexts(status)).toContain('Ready=False ObjectsPending')
  })

  test('keeps the run of a CronTask due, which says so', async () => {
    const here = world(cronTask(announced(0)))
    const nightly: Key = { kind: 'CronTask', namespace: 'default', name: 'nightly' }
    here.cluster.refuse = full(/create Task/)
    await here.look(nightly)
    const { status } = (await here.read('CronTask', 'nightly')) as CronTask
    expect(conditionTexts(status)).toEqual(['Ready=False TaskCreationFailed'])
    expect(conditionOf(status?.conditions, 'Ready')?.message).toMatch(waiting)
    expect(await here.look(nightly)).not.toContainEqual(expect.stringMatching(/^create Event/))
    here.cluster.refuse = () => undefined
    expect(await here.look(nightly)).toContainEqual(expect.stringMatching(/^create Task default\/nightly-/))
  })
})
