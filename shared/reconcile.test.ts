import { beforeEach, describe, expect, test } from 'vitest'
import { recordedDeps } from '../test/builders/deps.ts'
import { memoryCluster } from '../test/builders/memory-cluster.ts'
import { withMetadata } from '../test/builders/change.ts'
import { task, withPhase } from '../test/builders/task.ts'
import { at, later, now } from '../test/builders/time.ts'
import type { Task } from '../crds/task.ts'
import { RetryableError, TerminalError } from './errors.ts'
import type { Cause, Hint, Key } from './hint.ts'
import type { KubeObject } from './kubernetes.ts'
import type { Measure } from './measures.ts'
import type { Span } from './span.ts'
import type { Plan } from './plan.ts'
import type { Cluster, LogFields } from './ports.ts'
import type { Reconciler } from './reconcile.ts'
import { ownedBy, reconcile } from './reconcile.ts'

interface Sight {
  readonly parent: Task
}

const key: Key = { kind: 'Task', namespace: 'default', name: 'job' }
const ref = { kind: 'Task', namespace: 'default', name: 'job' } as const

const planned = (plan: Plan, refused: Plan = {}): Reconciler<Sight> => ({
  kind: 'Task',
  gather: async ({ reader }) => {
    const parent = await reader.get(ref)
    return parent && { parent }
  },
  decide: () => plan,
  refused: () => refused,
})

const child = (kind: string, name: string): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'default' },
})
const server = { namespace: 'default', service: 'coder', port: 4096 }
const podRef = { kind: 'Pod', namespace: 'default', name: 'old' } as const

const world = (...objects: readonly KubeObject[]) => recordedDeps(memoryCluster(task(), ...objects))

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

describe('what goes wrong', () => {
  const refusal = new TerminalError('Forbidden', 'cannot create Pod default/second: violates PodSecurity')
  const busy = new RetryableError('busy', { retryAfterSeconds: 7 })
  const starting: Plan = {
    create: [child('ConfigMap', 'first'), child('Pod', 'second')],
    status: { phase: 'Running' },
    wake: [{ kind: 'Agent', namespace: 'default', name: 'coder' }],
  }

  test('a refusal ends in the plan for it, and no later step is taken', async () => {
    const deps = world()
    deps.cluster.refuse = (write) => (write.includes('Pod') ? refusal : undefined)
    const outcome = await reconcile(planned(starting, { status: { phase: 'Failed' }, againSeconds: 9 }), { key }, deps)
    expect(deps.cluster.writes).toEqual([
      'create ConfigMap default/first',
      'create Pod default/second',
      'status Task default/job',
    ])
    expect((await deps.cluster.get(ref))?.status).toEqual({ phase: 'Failed' })
    expect(deps.published).toEqual([])
    expect(outcome.againSeconds).toBe(9)
    expect(deps.warnings).toEqual(['the apiserver refused a change'])
  })

  test('what time may mend goes back to the bus, as it is', async () => {
    const deps = world()
    deps.cluster.refuse = (write) => (write.includes('Pod') ? busy : undefined)
    await expect(reconcile(planned(starting), { key }, deps)).rejects.toBe(busy)
    expect((await deps.cluster.get(ref))?.status).toBeUndefined()
  })

  describe('an object of that name which is there already means: look again', () => {
    const cause: Cause = { ref, operation: 'CREATE' }
    const starting: Plan = { create: [child('Pod', 'second')], status: { phase: 'Running' } }
    const asked: Hint[] = []
    const watching = (plans: readonly Plan[]): Reconciler<Sight> => ({
      ...planned({}),
      gather: async (senses, gathered) => {
        asked.push(senses.hint)
        return planned({}).gather(senses, gathered)
      },
      decide: () => plans[asked.length - 1] ?? {},
    })
    beforeEach(() => void asked.splice(0))

    test('at once, and at everything', async () => {
      const deps = world(child('Pod', 'second'))
      await reconcile(watching([starting, { status: { phase: 'Failed' } }]), { key, cause }, deps)
      expect(asked).toEqual([{ key, cause }, { key }])
      expect((await deps.cluster.get(ref))?.status).toEqual({ phase: 'Failed' })
    })

    test('and no more than that', async () => {
      const deps = world(child('Pod', 'second'))
      await expect(reconcile(watching([starting, starting, starting]), { key, cause }, deps)).rejects.toThrow(
        'Pod default/second was created by another at the same time',
      )
      expect(asked).toHaveLength(2)
      expect(deps.cluster.writes).not.toContain('status Task default/job')
    })
  })

  describe('a process that was frozen between its look and its writes', () => {
    const cases = [
      { name: 'goes on where it was short', seconds: 10, isCarriedOut: true },
      {
        name: 'looks again where it was long: what it would make may have come and gone',
        seconds: 11,
        isCarriedOut: false,
      },
    ]
    const plans: Record<string, Plan> = {
      create: { create: [child('Pod', 'second')] },
      apply: { apply: [child('Service', 'applied')] },
      remove: { remove: [{ ref: podRef, uid: 'old-uid' }] },
    }
    for (const [step, plan] of Object.entries(plans))
      test.each(cases)(`${step}: $name`, async ({ seconds, isCarriedOut }) => {
        const deps = world()
        const right = planned(plan)
        const frozen: Reconciler<Sight> = {
          ...right,
          decide: (sight, when) => {
            deps.time = later(seconds)
            return right.decide(sight, when)
          },
        }
        const outcome = reconcile(frozen, { key }, deps)
        if (isCarriedOut) await outcome
        else await expect(outcome).rejects.toThrow('Task default/job was read 11 s ago and is looked at again')
        expect(deps.cluster.writes).toHaveLength(isCarriedOut ? 1 : 0)
      })
  })

  test('a parent that has changed since it was read is not written over', async () => {
    const deps = world()
    const reconciler = planned({ status: { phase: 'Running' } })
    const late: Reconciler<Sight> = {
      ...reconciler,
      decide: (sight, when) => {
        deps.cluster.put(task((one) => ({ ...one, spec: { ...one.spec, description: 'changed' } })))
        return reconciler.decide(sight, when)
      },
    }
    await expect(reconcile(late, { key }, deps)).rejects.toBeInstanceOf(RetryableError)
    expect((await deps.cluster.get(ref))?.status).toBeUndefined()
  })

  test('one child that fails does not stop its siblings, and each failure is told', async () => {
    const deps = world()
    deps.cluster.refuse = (write) => (/apply .*\/(a|c)$/.test(write) ? new RetryableError(`no ${write}`) : undefined)
    const plan: Plan = { apply: [child('Service', 'a'), child('Service', 'b'), child('Service', 'c')] }
    await expect(reconcile(planned(plan), { key }, deps)).rejects.toThrow(
      'no apply Service default/a; no apply Service default/c',
    )
    expect(await deps.cluster.get({ kind: 'Service', namespace: 'default', name: 'b' })).toBeDefined()
  })

  test('a refusal beside a busy apiserver is tried again', async () => {
    const deps = world()
    deps.cluster.refuse = (write) => (write.endsWith('/a') ? refusal : write.endsWith('/b') ? busy : undefined)
    const plan: Plan = { apply: [child('Service', 'a'), child('Service', 'b')] }
    await expect(reconcile(planned(plan, { status: { phase: 'Failed' } }), { key }, deps)).rejects.toBeInstanceOf(
      AggregateError,
    )
  })

  test('an Event that cannot be written repeats nothing', async () => {
    const deps = world()
    deps.cluster.refuse = (write) => (write.includes('Event') ? refusal : undefined)
    const events: Plan['events'] = [{ type: 'Normal', reason: 'Queued', action: 'QueueTask', message: 'waits' }]
    await reconcile(planned({ status: { phase: 'Queued' }, events }), { key }, deps)
    expect((await deps.cluster.get(ref))?.status).toEqual({ phase: 'Queued' })
    expect(deps.warnings).toEqual(['an Event could not be written'])
  })

  test('a server that does not answer keeps no Task alive', async () => {
    const deps = recordedDeps(memoryCluster(task()), { abort: async () => false })
    await reconcile(planned({ abort: [{ server, title: 'x' }], status: { phase: 'Completed' } }), { key }, deps)
    expect((await deps.cluster.get(ref))?.status).toEqual({ phase: 'Completed' })
    expect(deps.warnings).toEqual(['the session could not be ended on its server'])
  })

  test('a bug is no refusal', async () => {
    const reconciler = planned({})
    const broken: Reconciler<Sight> = {
      ...reconciler,
      decide: () => {
        throw new TypeError('x is undefined')
      },
    }
    await expect(reconcile(broken, { key }, world())).rejects.toThrow('x is undefined')
  })
})

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
      appears: 1,
      slept: [4],
    },
    {
      name: 'an object that the change is about and is gone is no reason to wait',
      cause: { ref: podRef, operation: 'UPDATE', resourceVersion: 'before' },
      appears: 'never',
      slept: [],
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
