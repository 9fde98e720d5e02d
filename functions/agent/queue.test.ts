import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { agent, ready, withAgentSpec, withAgentStatus, withSlots, withStarts } from '../../test/builders/agent.ts'
import type { Change } from '../../test/builders/change.ts'
import { deleted, withMetadata } from '../../test/builders/change.ts'
import { stopRequested, task, withCondition, withPhase, withStatus } from '../../test/builders/task.ts'
import { at, later, now } from '../../test/builders/time.ts'
import type { Agent } from '../../crds/agent.ts'
import type { Task } from '../../crds/task.ts'
import type { AgentTask } from './queue.ts'
import { admit, holdsSlot, isLimited, laterCalls, predecessorOf, successorOf, whoBegins } from './queue.ts'

/** A Task that waits since `age` seconds. */
const waits = (uid: string, age = 60): Task =>
  task(withMetadata({ name: uid, uid, creationTimestamp: at(-age) }), withPhase('Queued'))

const heldUp = (uid: string): Task =>
  task(withMetadata({ name: uid, uid }), withPhase('Pending'), withCondition('Ready', 'False', 'ContextError'))

const runs = (uid: string): Task =>
  task(withMetadata({ name: uid, uid }), withStatus({ phase: 'Running', podName: `${uid}-pod`, startTime: at(-30) }))

const slots = (maxConcurrentTasks: number) => withAgentSpec({ maxConcurrentTasks })
const quota = (maxTaskStarts: number, windowSeconds = 60) => withAgentSpec({ quota: { maxTaskStarts, windowSeconds } })

const uids = (tasks: readonly AgentTask[]) => tasks.map(({ metadata }) => metadata.uid)

const admitted = (one: Agent, unfinished: readonly Task[], isOpen = true, when = now, lingering?: string[]) => {
  const tasks = { unfinished, lingering: new Set(lingering) }
  const { activeTasks, taskStartHistory, opensAt, overdue, ...admission } = admit(one, one.spec, tasks, isOpen, when)
  return {
    admitted: uids(admission.admitted),
    active: activeTasks.map(({ uid }) => uid),
    starts: taskStartHistory.map(({ uid }) => uid),
    ...(opensAt !== undefined && { opensIn: (opensAt - when.getTime()) / 1000 }),
    ...(overdue.length > 0 && { overdue: uids(overdue) }),
  }
}

describe('admit', () => {
  interface Case {
    readonly name: string
    readonly agent: Agent
    readonly tasks: readonly Task[]
    readonly isOpen?: boolean
    readonly lingering?: string[]
    readonly want: ReturnType<typeof admitted>
  }
  const cases: readonly Case[] = [
    {
      name: 'the oldest first, however they are listed',
      agent: agent(slots(2)),
      tasks: [waits('young', 10), waits('old', 90), waits('middle', 50)],
      want: { admitted: ['old', 'middle'], active: ['old', 'middle'], starts: [] },
    },
    {
      name: 'of the same second, the smaller uid',
      agent: agent(slots(1)),
      tasks: [waits('b'), waits('a')],
      want: { admitted: ['a'], active: ['a'], starts: [] },
    },
    {
      name: 'nobody where all slots are taken',
      agent: agent(slots(1), withSlots('a')),
      tasks: [runs('a'), waits('b')],
      want: { admitted: [], active: ['a'], starts: [] },
    },
    {
      name: 'the slot of a Task that has ended goes to the next, in one step',
      agent: agent(slots(1), withSlots('ended')),
      tasks: [waits('b')],
      want: { admitted: ['b'], active: ['b'], starts: [] },
    },
    {
      name: 'who holds a slot already is not given another',
      agent: agent(slots(2), withSlots('a')),
      tasks: [waits('a'), waits('b')],
      want: { admitted: ['b'], active: ['a', 'b'], starts: [], overdue: ['a'] },
    },
    {
      name: 'of those that are late and wait for each other the first is told',
      agent: agent(slots(3), withSlots('a', 'b', 'c')),
      tasks: [waits('a'), waits('b'), waits('c')],
      want: { admitted: [], active: ['a', 'b', 'c'], starts: [], overdue: ['a'] },
    },
    {
      name: 'and whoever comes after one that cannot begin',
      agent: agent(slots(3), withSlots('a', 'b', 'c')),
      tasks: [waits('a'), heldUp('b'), waits('c')],
      want: { admitted: [], active: ['a', 'b', 'c'], starts: [], overdue: ['a', 'c'] },
    },
    {
      name: 'a Task that has ended, or is gone, keeps its slot while its Pod is at work',
      agent: agent(slots(1), withSlots('ended')),
      tasks: [waits('b')],
      lingering: ['ended'],
      want: { admitted: [], active: ['ended'], starts: [] },
    },
    {
      name: 'limits that come later count what runs already',
      agent: agent(slots(2)),
      tasks: [runs('a'), runs('b'), waits('c')],
      want: { admitted: [], active: ['a', 'b'], starts: [] },
    },
    {
      name: 'limits that shrink take no slot away',
      agent: agent(slots(1), withSlots('a', 'b')),
      tasks: [runs('a'), runs('b'), waits('c')],
      want: { admitted: [], active: ['a', 'b'], starts: [] },
    },
    {
      name: 'an Agent that is not open only releases',
      agent: agent(slots(2), withSlots('ended')),
      tasks: [waits('b')],
      isOpen: false,
      want: { admitted: [], active: [], starts: [] },
    },
    {
      name: 'whoever is asked to stop or is deleted waits no more',
      agent: agent(slots(5)),
      tasks: [
        task(withMetadata({ name: 'stopped', uid: 'stopped' }), stopRequested),
        task(withMetadata({ name: 'deleted', uid: 'deleted' }), deleted(at(0))),
        waits('c'),
      ],
      want: { admitted: ['c'], active: ['c'], starts: [] },
    },
    {
      name: 'a quota without slots counts starts',
      agent: agent(quota(2)),
      tasks: [waits('a'), waits('b', 50), waits('c', 40)],
      want: { admitted: ['a', 'b'], active: ['a', 'b'], starts: ['a', 'b'], opensIn: 60.5 },
    },
    {
      name: 'a start leaves the window a moment after its end, and the next comes in',
      agent: agent(quota(1), withStarts(60.5)),
      tasks: [waits('a')],
      want: { admitted: ['a'], active: ['a'], starts: ['a'] },
    },
    {
      name: 'at the end of the window, it is that moment until it opens',
      agent: agent(quota(1), withStarts(60)),
      tasks: [waits('a')],
      want: { admitted: [], active: [], starts: ['old-0'], opensIn: 0.5 },
    },
    {
      name: 'a quota that shrank opens when enough starts have left',
      agent: agent(quota(1), withStarts(50, 40, 30)),
      tasks: [waits('a')],
      want: { admitted: [], active: [], starts: ['old-0', 'old-1', 'old-2'], opensIn: 30.5 },
    },
    {
      name: 'a window that opens is of no use to who waits for a slot',
      agent: agent(
        withAgentSpec({ maxConcurrentTasks: 1, quota: { maxTaskStarts: 1, windowSeconds: 60 } }),
        withSlots('r'),
        withStarts(30),
      ),
      tasks: [runs('r'), waits('a')],
      want: { admitted: [], active: ['r'], starts: ['old-0'] },
    },
    {
      name: 'nor to an Agent that is not open',
      agent: agent(quota(1), withStarts(30)),
      tasks: [waits('a')],
      isOpen: false,
      want: { admitted: [], active: [], starts: ['old-0'] },
    },
    {
      name: 'slots and quota together: the scarcer one',
      agent: agent(
        withAgentSpec({ maxConcurrentTasks: 3, quota: { maxTaskStarts: 2, windowSeconds: 60 } }),
        withStarts(30),
      ),
      tasks: [waits('a'), waits('b')],
      want: { admitted: ['a'], active: ['a'], starts: ['old-0', 'a'], opensIn: 30.5 },
    },
    {
      name: 'nobody waits, so nobody looks again',
      agent: agent(quota(1), withStarts(30)),
      tasks: [],
      want: { admitted: [], active: [], starts: ['old-0'] },
    },
    {
      name: 'without limits there is no ledger to keep',
      agent: agent(),
      tasks: [runs('a')],
      isOpen: false,
      want: { admitted: [], active: [], starts: [] },
    },
  ]
  test.each(cases)('$name', ({ agent: one, tasks, isOpen, lingering, want }) =>
    expect(admitted(one, tasks, isOpen ?? true, now, lingering)).toEqual(want),
  )

  const started =
    (uid: string, seconds: number): Change<Agent> =>
    (one) => ({
      ...one,
      status: {
        ...one.status,
        taskStartHistory: [{ taskName: uid, taskNamespace: 'default', uid, startTime: at(-seconds) }],
      },
    })

  test('a turn that could not be used yet counts until it is, however long that takes', () => {
    const one = agent(quota(1), withSlots('called'), started('called', 3600))
    expect(admitted(one, [waits('called', 90), waits('next')])).toMatchObject({ admitted: [], starts: ['called'] })
  })

  test('a start that came long after its turn counts from its own time', () => {
    const one = agent(quota(1), withSlots('late'), started('late', 90))
    const { taskStartHistory, admitted: given } = admit(
      one,
      one.spec,
      { unfinished: [runs('late'), waits('next')] },
      true,
      now,
    )
    expect(given).toEqual([])
    expect(taskStartHistory).toMatchObject([{ uid: 'late', startTime: later(-29).toISOString() }])
  })

  /** Any Agent with limits and any Tasks, of which some are in its ledger. */
  const world = fc
    .record({
      max: fc.integer({ min: 0, max: 4 }),
      starts: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
      history: fc.array(fc.integer({ min: 0, max: 120 }), { maxLength: 5 }),
      tasks: fc.uniqueArray(
        fc.record({
          uid: fc.string({ minLength: 1, maxLength: 3 }),
          age: fc.nat(20),
          state: fc.constantFrom('waits', 'held', 'runs'),
        }),
        { selector: ({ uid }) => uid, maxLength: 12 },
      ),
    })
    .map(({ max, starts, history, tasks }) => ({
      one: agent(
        ready,
        withAgentSpec({
          maxConcurrentTasks: max,
          ...(starts !== undefined && { quota: { maxTaskStarts: starts, windowSeconds: 60 } }),
        }),
        withSlots('gone', ...tasks.filter(({ state }) => state !== 'waits').map(({ uid }) => uid)),
        withStarts(...history),
      ),
      tasks: tasks.map(({ uid, age, state }) => (state === 'runs' ? runs(uid) : waits(uid, age))),
    }))

  test('never gives out more slots than there are, nor more starts than the quota', () => {
    fc.assert(
      fc.property(world, ({ one, tasks }) => {
        const {
          activeTasks,
          taskStartHistory,
          admitted: given,
        } = admit(one, one.spec, { unfinished: tasks }, isLimited(one.spec), now)
        const { maxConcurrentTasks = 0, quota: limit } = one.spec
        if (maxConcurrentTasks > 0 && given.length > 0)
          expect(activeTasks.length).toBeLessThanOrEqual(maxConcurrentTasks)
        if (limit && given.length > 0) expect(taskStartHistory.length).toBeLessThanOrEqual(limit.maxTaskStarts)
        expect(new Set(activeTasks.map(({ uid }) => uid)).size).toBe(activeTasks.length)
      }),
    )
  })

  test('never lets the younger go before the older', () => {
    fc.assert(
      fc.property(world, ({ one, tasks }) => {
        const { activeTasks, admitted: given } = admit(one, one.spec, { unfinished: tasks }, isLimited(one.spec), now)
        const held = new Set(activeTasks.map(({ uid }) => uid))
        const left = tasks.filter(({ metadata }) => !held.has(metadata.uid!))
        for (const first of given)
          for (const second of left)
            expect(first.metadata.creationTimestamp! <= second.metadata.creationTimestamp!).toBe(true)
      }),
    )
  })

  test('asked again at the same time with its own answer, gives out nothing more', () => {
    fc.assert(
      fc.property(world, ({ one, tasks }) => {
        const { activeTasks, taskStartHistory } = admit(one, one.spec, { unfinished: tasks }, isLimited(one.spec), now)
        const written = agent(ready, withAgentSpec(one.spec), (object) => ({
          ...object,
          status: { activeTasks: [...activeTasks], taskStartHistory: [...taskStartHistory] },
        }))
        const again = admit(written, one.spec, { unfinished: tasks }, isLimited(one.spec), now)
        expect(again.admitted).toEqual([])
        expect(again.activeTasks).toEqual(activeTasks)
        expect(again.taskStartHistory).toEqual(taskStartHistory)
      }),
    )
  })

  test('whoever waits for the quota has a turn when it said it would look again', () => {
    const one = agent(quota(2), withStarts(50, 20))
    const { opensIn = 0 } = admitted(one, [waits('a')])
    expect(admitted(one, [waits('a')], true, later(opensIn)).admitted).toEqual(['a'])
  })
})

test('holdsSlot goes by uid, so that a Task made anew has none', () => {
  expect(holdsSlot(agent(withSlots('a')), 'a')).toBe(true)
  expect(holdsSlot(agent(withSlots('a')), 'b')).toBe(false)
  expect(holdsSlot(agent(), undefined)).toBe(false)
})

test('isLimited: 0 is unlimited', () => {
  expect(isLimited({ maxConcurrentTasks: 0 })).toBe(false)
  expect(isLimited({ maxConcurrentTasks: 1 })).toBe(true)
  expect(isLimited({ quota: { maxTaskStarts: 1, windowSeconds: 60 } })).toBe(true)
})

describe('the order in which turns are begun', () => {
  const slots = withAgentStatus({
    activeTasks: [
      { name: 'old', uid: 'old', startTime: at(-120) },
      { name: 'one', uid: 'one', startTime: at(0) },
      { name: 'two', uid: 'two', startTime: at(0) },
    ],
  })(agent())

  test.each([
    { uid: 'two', seconds: 0, before: 'one', next: undefined },
    { uid: 'two', seconds: 60, before: 'one', next: undefined },
    { uid: 'two', seconds: 61, before: undefined, next: undefined },
    { uid: 'one', seconds: 0, before: undefined, next: 'two' },
    { uid: 'one', seconds: 61, before: undefined, next: 'two' },
    { uid: 'gone', seconds: 0, before: undefined, next: undefined },
  ])('$uid, $seconds s later, follows $before and is followed by $next', ({ uid, seconds, before, next }) => {
    expect(predecessorOf(slots, uid, later(seconds))?.name).toBe(before)
    expect(successorOf(slots, uid, later(seconds))?.name).toBe(next)
  })

  test.each([
    { place: 8, seconds: 60, keeps: true },
    { place: 9, seconds: 2, keeps: true },
    { place: 9, seconds: 3, keeps: false },
  ])('of many given at once number $place keeps to it for $seconds s: $keeps', ({ place, seconds, keeps }) => {
    const many = agent(withSlots(...Array.from({ length: 12 }, (_, index) => `slot-${index}`)))
    expect(predecessorOf(many, `slot-${place}`, later(seconds - 60)) !== undefined).toBe(keeps)
    expect(successorOf(many, `slot-${place - 1}`, later(seconds - 60)) !== undefined).toBe(keeps)
  })
})

test('of Tasks that have their turn at once the first is told, and after two seconds each of the others, whatever it has said', () => {
  const queued = [waits('job-00'), waits('job-01'), task(withMetadata({ name: 'job-02', uid: 'job-02' }))]
  const given = admit(agent(), { maxConcurrentTasks: 12 }, { unfinished: queued }, true, now)
  expect(whoBegins(given).map(({ metadata }) => metadata.uid)).toEqual(['job-00'])
  expect(laterCalls(given).map(({ key, afterSeconds }) => [key.name, afterSeconds])).toEqual([
    ['job-01', 2],
    ['job-02', 2],
  ])
})
