import type { Deployment } from 'kubernetes-types/apps/v1'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Agent } from '../../crds/agent.ts'
import { annotations, labels } from '../../crds/names.ts'
import type { Task } from '../../crds/task.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import type { FunctionsProcess } from '../bench/functions-process.ts'
import { agentObject, paths } from '../bench/objects.ts'
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
/** Longer than two sweeps: a hint may be lost while the machine is busy. */
const patience = 300
const sweepSeconds = 120

beforeAll(async () => {
  rig = await startRig()
  functions = await rig.startFunctions(sweepSeconds)
})
afterAll(async () => {
  try {
    for (const scene of scenes) await scene.close()
  } finally {
    await functions.stop()
    await rig.close()
  }
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
    const here = await opened('queue', { coder: { maxConcurrentTasks: 1 } }, 20_000)
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

describe('what a namespace has no room for', () => {
  test('a Task says so, and begins when there is room', async () => {
    const here = await opened('quota', { coder: {} }, 100)
    const quotas = `${paths.namespaces}/${here.namespace}/resourcequotas`
    const hard = { pods: '0' }
    await rig.person.send('POST', quotas, { metadata: { name: 'small' }, spec: { hard } })
    // The quota controller does not run here.
    await rig.person.send('PATCH', `${quotas}/small/status`, { status: { hard, used: hard } })
    const pod = { metadata: { name: 'probe' }, spec: { containers: [{ name: 'x', image: 'x' }] } }
    const refusal = () =>
      rig.person.send('POST', `${paths.pods(here.namespace)}?dryRun=All`, pod).then(
        () => '',
        (error: unknown) => String(error),
      )
    // Admission hears of a quota by a watch of its own.
    await here.eventually('the quota is known', async () => (await refusal()).includes('exceeded quota'))
    await here.createTask('patient', 'coder')
    await here.eventually('it says so', async () =>
      conditionTexts((await here.task('patient')).status).includes('Ready=False PodPending'),
    )
    const { status } = await here.task('patient')
    expect(status?.conditions?.find(({ type }) => type === 'Ready')?.message).toMatch(
      /cannot create Pod .*exceeded quota: small.*; it is tried again$/,
    )
    await rig.person.send('DELETE', `${quotas}/small`)
    await here.untilAll(1, 'Completed', patience)
  })
})

test('an Agent is given its claim back by the command that it says', async () => {
  const here = await opened('restored', {}, 100)
  const claims = `${paths.namespaces}/${here.namespace}/persistentvolumeclaims`
  const name = 'coder-server-sessions'
  const resources = { requests: { storage: '1Gi' } }
  await rig.person.send('POST', claims, {
    metadata: { name, labels: { [labels.agent]: 'coder' } },
    spec: { accessModes: ['ReadWriteOnce'], resources },
  })
  const uidOf = async () => (await rig.person.read<KubeObject>(`${claims}/${name}`)).metadata?.uid
  const before = await uidOf()
  const spec = { persistence: { sessions: { size: '1Gi' } } }
  await rig.person.send('POST', paths.agents(here.namespace), agentObject('coder', spec))
  const ready = async () =>
    (await here.agent('coder')).status?.conditions?.find(({ type, status }) => type === 'Ready' && status === 'False')
  await here.eventually('it says so', async () => (await ready())?.reason === 'InvalidOwner')
  const [, patch = ''] =
    /kubectl patch pvc coder-server-sessions -n \S+ -p '(.*?)'/.exec((await ready())?.message ?? '') ?? []
  await rig.person.send('PATCH', `${claims}/${name}`, JSON.parse(patch) as object)
  // Sooner than an Agent with a fault is looked at again by itself.
  await until(
    () => 'it has no server',
    async () => (await here.agent('coder')).status?.ready === true,
    25,
  )
  expect(await uidOf()).toBe(before)
})
