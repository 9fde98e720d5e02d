import { describe, expect, test } from 'vitest'
import { recordedDeps } from '../test/builders/deps.ts'
import { memoryCluster } from '../test/builders/memory-cluster.ts'
import { withMetadata } from '../test/builders/change.ts'
import { task, withPhase } from '../test/builders/task.ts'
import { at, now } from '../test/builders/time.ts'
import type { Sight } from '../test/builders/planned.ts'
import { child, key, planned, podRef, ref, server, world } from '../test/builders/planned.ts'
import { LeavingError, RetryableError, TerminalError } from './errors.ts'
import { failureFields } from './trace.ts'
import type { Measure } from './measures.ts'
import type { Span } from './span.ts'
import type { Plan } from './plan.ts'
import type { LogFields } from './ports.ts'
import type { Reconciler } from './reconcile.ts'
import { ownedBy } from './kubernetes.ts'
import { reconcile } from './reconcile.ts'

describe('what is to be there, and may not be read', () => {
  test.each([
    { name: 'is made', there: [], writes: 2 },
    { name: 'is left alone where it is there, and the plan goes on', there: [child('Secret', 'password')], writes: 1 },
  ])('$name', async ({ there, writes }) => {
    const deps = world(...there)
    const plan: Plan = { ensure: [child('Secret', 'password')], create: [child('Pod', 'second')] }
    expect(await reconcile(planned(plan), { key }, deps)).toEqual({ writes })
    expect(deps.cluster.writes).toEqual(['create Secret default/password', 'create Pod default/second'])
  })
})

describe('a plan is carried out', () => {
  test('in the order of its fields', async () => {
    const order: string[] = []
    const deps = world(
      { ...child('Pod', 'old'), metadata: { name: 'old', namespace: 'default', uid: 'old-uid' } },
      task(withMetadata({ name: 'other' })),
    )
    const other = (await deps.cluster.get({ ...ref, name: 'other' }))!
    deps.cluster.refuse = (write) => void order.push(write)
    const plan: Plan = {
      events: [{ type: 'Normal', reason: 'PodCreated', action: 'CreatePod', message: 'created' }],
      wake: [{ kind: 'Agent', namespace: 'default', name: 'coder' }],
      others: [{ object: other, status: { phase: 'Queued' } }],
      status: { phase: 'Running' },
      patch: { metadata: { annotations: { seen: 'true' } } },
      apply: [child('Service', 'applied')],
      create: [child('ConfigMap', 'first'), child('Pod', 'second')],
      remove: [{ ref: podRef, uid: 'old-uid' }],
      abort: [{ server, title: 'a session' }],
    }
    const outcome = await reconcile(
      planned(plan),
      { key },
      {
        ...deps,
        sessions: { ...deps.sessions, abort: async () => (order.push('abort'), true) },
        bus: { publish: async () => void order.push('wake') },
      },
    )
    expect(order).toEqual([
      'abort',
      'remove Pod default/old',
      'create ConfigMap default/first',
      'create Pod default/second',
      'apply Service default/applied',
      'status Task default/job',
      'patch Task default/job',
      'wake',
      'status Task default/other',
      expect.stringMatching(/^create Event default\/job\./),
    ])
    expect(outcome).toEqual({ writes: 8 })
  })

  test('an empty one writes nothing and says when to look again', async () => {
    const deps = world()
    expect(await reconcile(planned({ againSeconds: 30 }), { key }, deps)).toEqual({ writes: 0, againSeconds: 30 })
    expect(deps.cluster.writes).toEqual([])
  })

  test('of a parent that is gone, nothing is decided', async () => {
    const deps = recordedDeps(memoryCluster())
    expect(await reconcile(planned({ status: { phase: 'Failed' } }), { key }, deps)).toEqual({ writes: 0 })
  })

  test('of a parent that is gone, who waited for it is woken', async () => {
    const deps = recordedDeps(memoryCluster())
    const bereaved = async () => [key]
    expect(await reconcile({ ...planned({}), bereaved }, { key: { ...key, kind: 'Agent' } }, deps)).toEqual({
      writes: 0,
    })
    expect(deps.published).toEqual(['Task/default/job'])
  })

  test('of another’s status, what is there already is not written, and a newer one is not overwritten', async () => {
    const deps = world(task(withMetadata({ name: 'other' }), withPhase('Queued')))
    const object = (await deps.cluster.get({ ...ref, name: 'other' }))!
    await reconcile(planned({ others: [{ object, status: { phase: 'Queued' } }] }), { key }, deps)
    expect(deps.cluster.writes).toEqual([])
    deps.cluster.put(object)
    const late = reconcile(planned({ others: [{ object, status: { phase: 'Pending' } }] }), { key }, deps)
    await expect(late).rejects.toThrow(RetryableError)
  })

  test('a status that is there already is not written again, whatever its keys’ order', async () => {
    const status = { phase: 'Running', podName: 'job-pod', conditions: [] } as const
    const deps = recordedDeps(memoryCluster(task((one) => ({ ...one, status: { ...status, conditions: [] } }))))
    await reconcile(planned({ status: { conditions: [], podName: 'job-pod', phase: 'Running' } }), { key }, deps)
    expect(deps.cluster.writes).toEqual([])
  })

  test('a member of the status that is wanted no more is taken away', async () => {
    const deps = recordedDeps(memoryCluster(task((one) => ({ ...one, status: { phase: 'Queued', podName: 'x' } }))))
    await reconcile(planned({ status: { phase: 'Pending' } }), { key }, deps)
    expect((await deps.cluster.get(ref))?.status).toEqual({ phase: 'Pending' })
  })

  test('a patch and a status in one plan do not get into each other’s way', async () => {
    const deps = world()
    await reconcile(
      planned({ patch: { metadata: { annotations: { a: 'b' } } }, status: { phase: 'Pending' } }),
      { key },
      deps,
    )
    expect(await deps.cluster.get(ref)).toMatchObject({
      metadata: { annotations: { a: 'b' } },
      status: { phase: 'Pending' },
    })
  })
})

describe('what was carried out is measured', () => {
  const note = { type: 'Normal', reason: 'PodCreated', action: 'CreatePod', message: 'created' } as const
  const measured = (plan: Plan, refused: Plan = {}): Reconciler<Sight> => ({
    ...planned(plan, refused),
    measure: (_, { create = [] }) => create.map(() => ({ name: 'cronTaskFired', lateSeconds: 1 })),
  })
  const counting = () => {
    const measures: Measure[] = []
    return { measures, deps: { ...world(), metrics: { record: (measure: Measure) => void measures.push(measure) } } }
  }

  test('its Events, and what its function says of it', async () => {
    const { measures, deps } = counting()
    await reconcile(measured({ create: [child('Pod', 'new')], events: [note] }), { key }, deps)
    expect(measures).toEqual([
      { name: 'event', kind: 'Task', reason: 'PodCreated' },
      { name: 'cronTaskFired', lateSeconds: 1 },
    ])
  })

  test('of a plan that was refused, the one that took its place', async () => {
    const { measures, deps } = counting()
    deps.cluster.refuse = (write) => (write.includes('Pod') ? new TerminalError('Invalid', 'no such Pod') : undefined)
    const instead = { events: [{ ...note, reason: 'PodCreationFailed' }] }
    await reconcile(measured({ create: [child('Pod', 'new')], events: [note] }, instead), { key }, deps)
    expect(measures).toEqual([{ name: 'event', kind: 'Task', reason: 'PodCreationFailed' }])
  })

  test('of one whose namespace is being deleted, none: nothing is said in its place, and the log is quiet', async () => {
    const { measures, deps } = counting()
    deps.cluster.refuse = (write) =>
      write.startsWith('create') ? new LeavingError('because it is being terminated') : undefined
    const instead = { status: { phase: 'Failed' }, events: [note] }
    const plan: Plan = { create: [child('Pod', 'new'), child('ConfigMap', 'new')], events: [note] }
    expect(await reconcile(measured(plan, instead), { key }, deps)).toEqual({ writes: 0 })
    expect(await reconcile(measured({ events: [note] }), { key }, deps)).toEqual({ writes: 1 })
    expect(measures).toEqual([{ name: 'event', kind: 'Task', reason: 'PodCreated' }])
    expect(deps.cluster.writes.filter((write) => write.includes('status'))).toEqual([])
    expect(deps.warnings).toEqual([])
  })

  test('of one that is tried again, nothing yet', async () => {
    const { measures, deps } = counting()
    deps.cluster.refuse = () => new RetryableError('busy')
    const plan: Plan = { create: [child('Pod', 'new')], events: [note] }
    await expect(reconcile(measured(plan), { key }, deps)).rejects.toThrow('busy')
    expect(measures).toEqual([])
  })
})

describe('what has come to its end is told to who follows it', () => {
  const span = (name: string): Span => ({
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    name,
    kind: 'internal',
    start: now,
    end: now,
    attributes: {},
  })
  const traced = (plan: Plan, refused: Plan = {}): Reconciler<Sight> => ({
    ...planned(plan, refused),
    spans: (_, { events = [] }) => events.map(({ reason }) => span(reason)),
  })
  const following = () => {
    const names: string[] = []
    return { names, deps: { ...world(), traces: { take: ({ name }: Span) => void names.push(name) } } }
  }
  const note = { type: 'Normal', reason: 'Done', action: 'FinishTask', message: 'done' } as const

  test('once its writes were accepted', async () => {
    const { names, deps } = following()
    await reconcile(traced({ events: [note] }), { key }, deps)
    expect(names).toEqual(['Done'])
  })

  test('of the plan that took the place of a refused one', async () => {
    const { names, deps } = following()
    deps.cluster.refuse = (write) => (write.includes('Pod') ? new TerminalError('Invalid', 'no such Pod') : undefined)
    const instead = { events: [{ ...note, reason: 'Refused' }] }
    await reconcile(traced({ create: [child('Pod', 'new')], events: [note] }, instead), { key }, deps)
    expect(names).toEqual(['Refused'])
  })

  test('not of one that is tried again', async () => {
    const { names, deps } = following()
    deps.cluster.refuse = () => new RetryableError('busy')
    const plan: Plan = { create: [child('Pod', 'new')], events: [note] }
    await expect(reconcile(traced(plan), { key }, deps)).rejects.toThrow('busy')
    expect(names).toEqual([])
  })

  test('and is not made where nobody follows', async () => {
    const never = { ...planned({ events: [note] }), spans: () => expect.unreachable('nobody collects spans') }
    expect(await reconcile(never, { key }, world())).toEqual({ writes: 1 })
  })
})

test('what is logged of an object that is part of a trace carries its id', async () => {
  const lines: [string, unknown][] = []
  const { log, ...rest } = world()
  const deps = {
    ...rest,
    log: { ...log, warn: (text: string, fields?: LogFields) => void lines.push([text, fields?.['traceId']]) },
  }
  deps.sessions.abort = async () => false
  const traced = { ...planned({ abort: [{ server, title: 't' }] }), traceId: () => 'abc' }
  expect(await reconcile(traced, { key }, deps)).toEqual({ writes: 0, traceId: 'abc' })
  expect(lines).toEqual([['the session could not be ended on its server', 'abc']])
})

test('a change that failed is part of the trace of its object', async () => {
  const deps = world()
  deps.cluster.patchStatus = () => Promise.reject(new RetryableError('conflict'))
  const traced = { ...planned({ status: { phase: 'Running' } }), traceId: () => 'abc' }
  const error = await reconcile(traced, { key }, deps).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(RetryableError)
  expect(failureFields(error)).toEqual({ error: 'conflict', traceId: 'abc' })
})

describe('of a status that a CRD of another version has pruned', () => {
  const wake = [{ kind: 'Agent', namespace: 'default', name: 'coder' }] as const
  const plan: Plan = { status: { phase: 'Running', slots: [{ uid: 'a' }] }, wake }

  test('a field that only tells stops nothing', async () => {
    const deps = world()
    expect(await reconcile({ ...planned(plan), ledger: ['status.slot'] }, { key }, deps)).toEqual({ writes: 1 })
    expect((await deps.cluster.get(ref))?.status).toEqual({ phase: 'Running' })
    expect(deps.published).toEqual(['Agent/default/coder'])
  })

  test('one that counts is written again later, and nobody is told to act on it', async () => {
    const deps = world()
    const failed = reconcile({ ...planned(plan), ledger: ['status.slots'] }, { key }, deps)
    await expect(failed).rejects.toMatchObject({
      message: expect.stringMatching(/^status.slots of Task default\/job is not stored; .* is older than this program/),
      retryAfterSeconds: 15,
    })
    await expect(failed).rejects.toBeInstanceOf(RetryableError)
    expect(deps.published).toEqual([])
  })
})

test('ownedBy puts a child into its parent’s hands', () => {
  expect(ownedBy(task(), { kind: 'Pod', metadata: { name: 'p', labels: { a: 'b' } } }).metadata).toEqual({
    name: 'p',
    namespace: 'default',
    labels: { a: 'b' },
    ownerReferences: [
      {
        apiVersion: 'kubeopencode.io/v1alpha1',
        kind: 'Task',
        name: 'job',
        uid: 'task-uid-1',
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  })
})

test('an Event is about the object, at the time of the decision', async () => {
  const deps = world()
  const events: Plan['events'] = [
    { type: 'Warning', reason: 'Failed', action: 'FinishTask', message: 'x'.repeat(2000) },
    { type: 'Normal', reason: 'Queued', action: 'QueueTask', message: `x${'ü'.repeat(1000)}` },
  ]
  await reconcile(planned({ events }), { key }, deps)
  const { items } = await deps.cluster.list('Event')
  expect(items).toHaveLength(2)
  // The apiserver counts bytes, and 1024 are the most.
  expect(items[1]).toMatchObject({ note: `x${'ü'.repeat(511)}` })
  expect(items[0]).toMatchObject({
    eventTime: '2026-06-01T12:00:00.000000Z',
    type: 'Warning',
    reason: 'Failed',
    action: 'FinishTask',
    note: 'x'.repeat(1024),
    regarding: { kind: 'Task', namespace: 'default', name: 'job', uid: 'task-uid-1' },
  })
  expect(at(0)).toBe('2026-06-01T12:00:00Z')
})
