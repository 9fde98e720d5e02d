import type { Deployment } from 'kubernetes-types/apps/v1'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Agent } from '../../crds/agent.ts'
import { annotations } from '../../crds/names.ts'
import type { Task } from '../../crds/task.ts'
import type { FunctionsProcess } from '../bench/functions-process.ts'
import { paths } from '../bench/objects.ts'
import { until } from '../bench/pace.ts'
import type { Rig } from '../bench/rig.ts'
import { startRig } from '../bench/rig.ts'
import type { Scene } from '../bench/scene.ts'
import { openScene } from '../bench/scene.ts'
import { conditionTexts } from '../builders/told.ts'

/** A real apiserver and garbage collector, the functions and webhooks in a process of their own, a player as kubelet. */
let rig: Rig
let functions: FunctionsProcess
const scenes: Scene[] = []
const patience = 60

beforeAll(async () => {
  rig = await startRig()
  functions = await rig.startFunctions()
})
afterAll(async () => {
  for (const scene of scenes) await scene.close()
  await functions.stop()
  await rig.close()
})

const failureOf = ({ status }: Task): string | undefined =>
  status?.conditions?.find(({ type }) => type === 'Failed')?.message

const opened = async (name: string, agents: Parameters<typeof openScene>[2]['agents'], runMilliseconds: number) => {
  const scene = await openScene(rig, name, { agents, runMilliseconds })
  scenes.push(scene)
  const { namespace } = scene
  const agent = (one: string) => rig.person.read<Agent>(`${paths.agents(namespace)}/${one}`)
  const task = (one: string) => rig.person.read<Task>(`${paths.tasks(namespace)}/${one}`)
  const replicas = async (one: string) =>
    (await rig.person.read<Deployment>(`${paths.deployments(namespace)}/${one}-server`)).spec?.replicas
  const eventually = (what: string, isSo: () => Promise<boolean>) => until(() => `not so: ${what}`, isSo, patience)
  return { ...scene, agent, task, replicas, eventually }
}

describe('standby on a real apiserver', () => {
  test('suspends an idle Agent, marks it, resumes it for a Task, and suspends it again', async () => {
    const here = await opened('standby', { sleeper: { standby: { idleTimeout: '1s' } } }, 100)
    const isAsleep = async () => (await here.agent('sleeper')).status?.suspended === true
    await here.eventually('it sleeps', isAsleep)
    const asleep = await here.agent('sleeper')
    expect(asleep.spec.suspend).toBe(true)
    expect(asleep.metadata.annotations?.[annotations.suspendedBy]).toBe('standby')
    expect(conditionTexts(asleep.status)).toEqual(
      expect.arrayContaining(['Suspended=True Standby', 'StandbyConfigWarning=True IdleTimeoutTooShort']),
    )
    await here.eventually('its server is scaled to zero', async () => (await here.replicas('sleeper')) === 0)

    await here.createTask('wakes-it', 'sleeper')
    await here.untilAll(1, 'Completed', patience)
    await here.eventually('it sleeps again', isAsleep)
    expect((await here.agent('sleeper')).metadata.annotations?.[annotations.suspendedBy]).toBe('standby')
  })

  test('a tick can ask for the Agents that have a time before them, and for no others', async () => {
    const here = await opened('due', { idle: { standby: { idleTimeout: '1h' } }, plain: {} }, 0)
    await here.eventually('its idle time runs', async () => (await here.agent('idle')).status?.dueTime !== undefined)
    const selected = await rig.person.read<{ items: Agent[] }>(
      `${paths.agents(here.namespace)}?fieldSelector=${encodeURIComponent('status.dueTime!=')}`,
    )
    expect(selected.items.map(({ metadata }) => metadata.name)).toEqual(['idle'])
  })
})

describe('a queue on a real apiserver', () => {
  test('tells places, and a person’s suspension loses no Task at work', async () => {
    const here = await opened('queue', { coder: { maxConcurrentTasks: 1 } }, 6_000)
    for (const name of ['first', 'second', 'third']) {
      await here.createTask(name, 'coder')
      if (name === 'first') await here.untilAll(1, 'Running', patience)
    }
    const places = async () =>
      Promise.all(['second', 'third'].map(async (name) => (await here.task(name)).status?.queue?.position))
    await here.eventually(
      'both have their place',
      async () => (await places()).toSorted((a = 0, b = 0) => a - b).join() === '1,2',
    )
    await here.patchAgent('coder', { suspend: true })
    await here.eventually('it is suspended', async () => (await here.agent('coder')).status?.suspended === true)
    await here.untilAll(1, 'Completed', patience)
    await here.eventually('its server is scaled to zero', async () => (await here.replicas('coder')) === 0)
    await here.eventually('those who wait say why', async () =>
      conditionTexts((await here.task('third')).status).includes('Queued=True AgentSuspended'),
    )

    await rig.person.send('DELETE', `${paths.agents(here.namespace)}/coder`)
    await here.untilAll(2, 'Failed', patience)
    expect(conditionTexts((await here.task('second')).status)).toContain('Failed=True AgentError')
  })

  test('an Agent is deleted with a hundred Tasks in its queue: each fails and names it', async () => {
    const here = await opened('orphans', { gone: { maxConcurrentTasks: 1, suspend: true } }, 0)
    const names = Array.from({ length: 100 }, (_, index) => `orphan-${index}`)
    for (const name of names) await here.createTask(name, 'gone')
    await here.untilAll(100, 'Queued', patience)
    await rig.person.send('DELETE', `${paths.agents(here.namespace)}/gone`)
    await here.untilAll(100, 'Failed', patience)
    for (const name of names) expect(failureOf(await here.task(name))).toMatch(/Agent orphans-\d+\/gone .+/)
  })
})
