import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CronTask, CronTaskSpec } from '../../crds/cron-task.ts'
import { labels } from '../../crds/names.ts'
import type { Task } from '../../crds/task.ts'
import { pathOf } from '../../infra/cluster/rest.ts'
import { conditionOf } from '../../shared/conditions.ts'
import type { Kind, KubeObject } from '../../shared/kubernetes.ts'
import { resources } from '../../shared/kubernetes.ts'
import type { Served } from '../../test/apiserver/served.ts'
import { serve } from '../../test/apiserver/served.ts'
import { childName, isSlot, secondsOf } from './names.ts'

let here: Served

const namespace = 'default'
const make = (kind: Kind, name: string, spec: object, metadata: object = {}): Promise<boolean> =>
  here.cluster.create({
    apiVersion: resources[kind].apiVersion,
    kind,
    metadata: { name, ...(resources[kind].namespaced && { namespace }), ...metadata },
    spec,
  } as KubeObject)

const patch = async (kind: Kind, name: string, body: object, subresource = ''): Promise<void> => {
  const path = `${pathOf(kind, resources[kind].namespaced ? namespace : undefined, name)}${subresource}`
  const response = await here.send('PATCH', path, { body, contentType: 'application/merge-patch+json' })
  expect(response.status, await response.text()).toBe(200)
}

const read = async (name: string): Promise<CronTask> =>
  (await here.cluster.get({ kind: 'CronTask', namespace, name })) as CronTask

const children = async (name: string): Promise<readonly Task[]> =>
  (await here.cluster.list('Task', { namespace, labelSelector: `${labels.cronTask}=${name}` })).items

/**
 * An hourly CronTask whose Tasks wait for a suspended Agent, with its next slot announced. It is resumed for that: made
 * long ago by a clock that was put forward, it would owe a run at once.
 */
const made = async (name: string, spec: Partial<CronTaskSpec> = {}): Promise<CronTask> => {
  const taskTemplate = { spec: { agentRef: { name: 'asleep' }, description: 'Scan.' } }
  await make('CronTask', name, { schedule: '0 * * * *', taskTemplate, ...spec, suspend: true })
  await here.until(
    () => read(name),
    (one) => reasonOf(one) === 'Suspended',
  )
  await patch('CronTask', name, { spec: { suspend: false } })
  return here.until(
    () => read(name),
    ({ status }) => status?.nextScheduleTime !== undefined,
  )
}

/** Lets the announced slot come; gives the CronTask when that has had its answer. */
const passToNext = async (name: string): Promise<CronTask> => {
  const announced = (await read(name)).status?.nextScheduleTime ?? ''
  await here.passTo(new Date(announced))
  return here.until(
    () => read(name),
    ({ status }) => status?.nextScheduleTime !== announced,
  )
}

const untilQueued = (name: string, count: number) =>
  here.until(
    () => children(name),
    (tasks) => tasks.filter(({ status }) => status?.phase === 'Queued').length === count,
  )

const events = async (name: string): Promise<string[]> => {
  const { items } = await here.cluster.list('Event', { namespace })
  return items
    .filter(({ regarding }) => regarding?.kind === 'CronTask' && regarding.name === name)
    .map(({ reason }) => reason ?? '')
}

const reasonOf = ({ status }: CronTask): string | undefined => conditionOf(status?.conditions, 'Ready')?.reason

beforeAll(async () => {
  here = await serve('cron-task')
  // A slot that the real clock reaches meanwhile would come on top of those that are passed to.
  const hour = 3_600_000
  await here.passTo(new Date(Math.ceil(here.now().getTime() / hour) * hour + 60_000))
  await make('Agent', 'asleep', { workspaceDir: '/workspace', serviceAccountName: 'default', suspend: true })
}, 1_200_000)

afterAll(() => here?.close())

describe('a slot on a real control plane', () => {
  test('fires once, by three writes of its CronTask', async () => {
    const before = await made('fires')
    const after = await passToNext('fires')
    const [task, ...others] = await untilQueued('fires', 1)
    expect(others).toEqual([])
    const slot = Date.parse(before.status?.nextScheduleTime ?? '') / 1000
    expect(task).toMatchObject({
      metadata: {
        name: childName('fires', slot),
        labels: { [labels.cronTask]: 'fires', [labels.agent]: 'asleep' },
        ownerReferences: [{ kind: 'CronTask', name: 'fires', uid: before.metadata.uid, controller: true }],
      },
    })
    expect(after.status).toMatchObject({
      active: 1,
      activeRefs: [{ name: task?.metadata.name, uid: task?.metadata.uid }],
      totalExecutions: 1,
      lastScheduleTime: before.status?.nextScheduleTime,
    })
    expect(
      await here.until(
        () => events('fires'),
        (found) => found.length > 0,
      ),
    ).toEqual(['TaskCreated'])
  })

  test('is left out under Forbid while the one before runs, and not made up', async () => {
    await made('forbids')
    await passToNext('forbids')
    await untilQueued('forbids', 1)
    const skipped = await passToNext('forbids')
    expect(reasonOf(skipped)).toBe('ActiveTaskExists')
    const [task] = await children('forbids')
    await patch('Task', task?.metadata.name ?? '', { metadata: { annotations: { 'kubeopencode.io/stop': 'true' } } })
    const healed = await here.until(
      () => read('forbids'),
      (one) => reasonOf(one) === 'Scheduled',
    )
    expect(healed.status).toMatchObject({ active: 0, totalExecutions: 1 })
    expect(healed.status).not.toHaveProperty('lastSuccessfulTime')
    expect(await children('forbids')).toHaveLength(1)
  })

  test('replaces the one before: asked to stop, ended, and only then the next', async () => {
    await made('replaces', { concurrencyPolicy: 'Replace' })
    await passToNext('replaces')
    const [first] = await untilQueued('replaces', 1)
    const { status } = await passToNext('replaces')
    expect(status).toMatchObject({ active: 1, totalExecutions: 2 })
    const tasks = await untilQueued('replaces', 1)
    const old = tasks.find(({ metadata }) => metadata.uid === first?.metadata.uid)
    expect(old?.status).toMatchObject({
      phase: 'Completed',
      conditions: expect.arrayContaining([
        expect.objectContaining({ type: 'Stopped', status: 'True', reason: 'UserStopped' }),
      ]),
    })
    expect(tasks).toHaveLength(2)
    expect(await events('replaces')).toContain('ReplacedTasks')
  })

  test('does not take a name that somebody else holds', async () => {
    const { status } = await made('collides')
    const name = childName('collides', Date.parse(status?.nextScheduleTime ?? '') / 1000)
    await make('Task', name, { agentRef: { name: 'asleep' } })
    const after = await passToNext('collides')
    expect(reasonOf(after)).toBe('TaskCreationFailed')
    expect(after.status?.totalExecutions).toBe(0)
    const task = await here.cluster.get({ kind: 'Task', namespace, name })
    expect(task?.metadata.ownerReferences).toBeUndefined()
  })
})

test('one trigger is one Task, also of a suspended CronTask', async () => {
  const taskTemplate = { spec: { agentRef: { name: 'asleep' } } }
  await make('CronTask', 'by-hand', { schedule: '0 0 1 * *', suspend: true, taskTemplate })
  await here.until(
    () => read('by-hand'),
    (one) => reasonOf(one) === 'Suspended',
  )
  await patch('CronTask', 'by-hand', { metadata: { annotations: { 'kubeopencode.io/trigger': 'true' } } })
  const served = await here.until(
    () => read('by-hand'),
    ({ metadata, status }) => status?.totalExecutions === 1 && Object.keys(metadata.annotations ?? {}).length === 0,
  )
  expect(served.status).not.toHaveProperty('nextScheduleTime')
  const tasks = await untilQueued('by-hand', 1)
  expect(tasks.map(({ metadata }) => isSlot(secondsOf('by-hand', metadata.name) ?? 0))).toEqual([false])
  expect(
    await here.until(
      () => events('by-hand'),
      (found) => found.length > 0,
    ),
  ).toEqual(['Triggered'])
})

test('the cap holds slots and triggers back, and heals when a Task goes', async () => {
  await made('capped', { maxRetainedTasks: 1, concurrencyPolicy: 'Allow' })
  expect(reasonOf(await passToNext('capped'))).toBe('MaxRetainedTasksReached')
  await passToNext('capped')
  await patch('CronTask', 'capped', { metadata: { annotations: { 'kubeopencode.io/trigger': 'true' } } })
  await here.until(
    () => read('capped'),
    ({ status }) => conditionOf(status?.conditions, 'Ready')?.message.includes('asked for by hand') === true,
  )
  const [task] = await children('capped')
  await here.cluster.remove({ kind: 'Task', namespace, name: task?.metadata.name ?? '' }, task?.metadata.uid ?? '')
  // Its place is taken by the run that waited.
  await here.until(
    () => read('capped'),
    ({ metadata, status }) => status?.totalExecutions === 2 && Object.keys(metadata.annotations ?? {}).length === 0,
  )
  expect(await children('capped')).toHaveLength(1)
})

test('a cleanup deletes finished Tasks at once when it is set, and no other', async () => {
  const finished = async () =>
    (await here.cluster.list('Task', { namespace })).items.filter(({ status }) => status?.phase === 'Completed')
  // Slots that came with those of the test before have had their answer too.
  await here.settled()
  expect((await finished()).length).toBeGreaterThan(0)
  const before = (await here.cluster.list('Task', { namespace })).items.length
  const due = (await finished()).length
  await make('KubeOpenCodeConfig', 'cluster', { cleanup: { maxRetainedTasks: 0 } })
  await here.until(finished, (tasks) => tasks.length === 0)
  expect((await here.cluster.list('Task', { namespace })).items).toHaveLength(before - due)

  // From here on the tick finds them, by the minute of their end.
  const [task] = await children('fires')
  await patch('Task', task?.metadata.name ?? '', { metadata: { annotations: { 'kubeopencode.io/stop': 'true' } } })
  await here.until(finished, (tasks) => tasks.length === 1)
  await here.until(
    async () => {
      await here.passTo(here.now())
      return finished()
    },
    (tasks) => tasks.length === 0,
  )
})

test('then all is quiet', async () => {
  await here.settled()
  const before = here.writes()
  for (let round = 0; round < 3; round += 1) {
    await here.passTo(here.now())
    await here.settled()
  }
  expect(here.writes() - before).toBe(0)
})
