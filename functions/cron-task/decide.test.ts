import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { withMetadata } from '../../test/builders/change.ts'
import {
  announced,
  child,
  cronTask,
  cronTaskSight,
  finished,
  said,
  secondsAt,
  triggered,
  withCronSpec,
  withCronStatus,
} from '../../test/builders/cron-task.ts'
import { ownedBy, pod, running } from '../../test/builders/pod.ts'
import { stopRequested, task, withCondition, withPhase } from '../../test/builders/task.ts'
import { at, later, now } from '../../test/builders/time.ts'
import type { Told } from '../../test/builders/told.ts'
import { messageOf, told } from '../../test/builders/told.ts'
import {
  create,
  cronTable,
  foreign,
  hour,
  itself,
  phase,
  scheduled,
  slot,
  statusOf,
} from '../../test/builders/cron-table.ts'
import { cronTaskRefused, decideCronTask } from './decide.ts'

const many = (count: number) => Array.from({ length: count }, (_, index) => child(-hour * (index + 2), finished(9)))

describe('a Task that still runs', () => {
  const overdue = [child(-hour)]
  const replacing = cronTask(announced(0), withCronSpec({ concurrencyPolicy: 'Replace' }))
  const stopped = (seconds: number) => [child(-hour, stopRequested, finished(seconds))]
  const podOf = (offset: number): KubeObject =>
    ownedBy({ kind: 'Task', name: slot(offset), uid: `uid-${slot(offset)}` })(
      pod(withMetadata({ name: `${slot(offset)}-pod` }), running),
    )
  cronTable([
    {
      name: 'Forbid leaves the slot out',
      parent: cronTask(announced(0)),
      objects: overdue,
      want: { phase, conditions: ['Ready=True ActiveTaskExists'], events: ['Normal TaskStillActive'], again: hour },
      status: { nextScheduleTime: at(hour), active: 1, totalExecutions: 0 },
    },
    {
      name: 'Forbid does not run it later',
      parent: cronTask(announced(hour), said('True', 'ActiveTaskExists')),
      objects: [child(-hour, finished(1))],
      want: { phase, conditions: scheduled, again: hour },
    },
    {
      name: 'Forbid: said until it ends',
      parent: cronTask(announced(hour), said('True', 'ActiveTaskExists')),
      objects: overdue,
      want: { phase, conditions: ['Ready=True ActiveTaskExists'], again: hour },
    },
    {
      name: 'Allow runs beside it',
      parent: cronTask(announced(0), withCronSpec({ concurrencyPolicy: 'Allow' })),
      objects: overdue,
      want: create(0),
    },
    {
      name: 'Replace asks it to stop and keeps the slot',
      parent: replacing,
      objects: overdue,
      want: {
        phase,
        conditions: ['Ready=True ActiveTaskExists'],
        apply: [`Task default/${slot(-hour)}`],
        events: ['Normal ReplacedTasks'],
      },
      status: { nextScheduleTime: at(0) },
    },
    {
      name: 'Replace asks once',
      parent: replacing,
      objects: [child(-hour, stopRequested)],
      want: { phase, conditions: ['Ready=True ActiveTaskExists'] },
    },
    {
      name: 'Replace waits for the Pod of the stopped one',
      parent: replacing,
      objects: [...stopped(5), podOf(-hour)],
      want: { again: 2 },
    },
    {
      name: 'Replace does not wait for ever for a Pod that stays',
      parent: replacing,
      objects: [...stopped(120), podOf(-hour)],
      want: create(0),
    },
    { name: 'Replace runs when the Pod is gone', parent: replacing, objects: stopped(5), want: create(0) },
    {
      name: 'Replace stops none that has ended by itself',
      parent: replacing,
      objects: [child(-hour, finished(5)), podOf(-hour)],
      want: create(0),
    },
    {
      name: 'Replace whose wait has outlasted the deadline',
      parent: cronTask(announced(0), withCronSpec({ concurrencyPolicy: 'Replace', startingDeadlineSeconds: 10 })),
      objects: [child(-hour, stopRequested)],
      seenAt: later(11),
      want: { phase, conditions: ['Ready=True MissedDeadline'], events: ['Warning MissedDeadline'], again: hour - 11 },
    },
  ])
})

describe('as many Tasks as may be kept', () => {
  const full = many(10)
  cronTable([
    {
      name: 'the slot is left out, with the reason',
      parent: cronTask(announced(0)),
      objects: full,
      want: {
        phase,
        conditions: ['Ready=False MaxRetainedTasksReached'],
        events: ['Warning MaxRetainedTasksReached'],
        again: hour,
      },
      status: { nextScheduleTime: at(hour) },
    },
    {
      name: 'is said before a slot is lost',
      parent: cronTask(announced(hour)),
      objects: full,
      want: { phase, conditions: ['Ready=False MaxRetainedTasksReached'], again: hour },
    },
    {
      name: 'heals when one goes',
      parent: cronTask(announced(hour), said('False', 'MaxRetainedTasksReached')),
      objects: many(9),
      want: { phase, conditions: scheduled, again: hour },
    },
    {
      name: 'the ninth place is free',
      parent: cronTask(announced(0)),
      objects: many(9),
      want: create(0),
    },
    {
      name: 'Tasks of others do not count',
      parent: cronTask(announced(0), withCronSpec({ maxRetainedTasks: 1 })),
      objects: [foreign(-7), task()],
      want: create(0),
    },
    {
      name: 'none is stopped for a run that could not be made',
      parent: cronTask(announced(0), withCronSpec({ concurrencyPolicy: 'Replace', maxRetainedTasks: 1 })),
      objects: [child(-hour)],
      want: {
        phase,
        conditions: ['Ready=False MaxRetainedTasksReached'],
        events: ['Warning MaxRetainedTasksReached'],
        again: hour,
      },
    },
  ])
})

describe('suspension', () => {
  const suspended = withCronSpec({ suspend: true })
  cronTable([
    {
      name: 'announces nothing',
      parent: cronTask(announced(0), suspended),
      want: { phase, conditions: ['Ready=False Suspended'] },
    },
    {
      name: 'counts what was made right before it',
      parent: cronTask(announced(0), suspended),
      objects: [child(0)],
      want: { phase, conditions: ['Ready=False Suspended'], events: ['Normal TaskCreated'] },
      status: { totalExecutions: 1, lastScheduleTime: at(0) },
    },
    {
      name: 'ended, what was missed meanwhile is not made up',
      parent: cronTask(
        withCronStatus({ observedGeneration: 1, lastScheduleTime: at(-9 * hour), totalExecutions: 1 }),
        said('False', 'Suspended'),
      ),
      seenAt: later(60),
      want: { phase, conditions: scheduled, again: hour - 60 },
      status: { nextScheduleTime: at(hour) },
    },
  ])
})

test('what is suspended has no next slot', async () => {
  const plan = decideCronTask(await cronTaskSight(cronTask(announced(0), withCronSpec({ suspend: true }))), now)
  expect(statusOf(plan)).not.toHaveProperty('nextScheduleTime')
})

describe('the schedule', () => {
  const zoned = withCronSpec({ schedule: '30 2 * * *', timeZone: 'Europe/Berlin' })
  cronTable([
    {
      name: 'that cannot be read is told, and nothing is announced',
      parent: cronTask(announced(0), withCronSpec({ schedule: 'at noon' })),
      want: { phase, conditions: ['Ready=False InvalidSchedule'] },
    },
    {
      name: 'of no zone we know',
      parent: cronTask(withCronSpec({ timeZone: 'Europe/Atlantis' })),
      want: { phase, conditions: ['Ready=False InvalidSchedule'] },
    },
    {
      name: 'edited, owes no slot of the new one that has passed',
      parent: cronTask(
        announced(12 * hour, { lastScheduleTime: at(-12 * hour) }),
        withMetadata({ generation: 2 }),
        withCronSpec({ schedule: '0 11 * * *' }),
      ),
      want: { phase, conditions: scheduled, again: 23 * hour },
      status: { nextScheduleTime: at(23 * hour) },
    },
    {
      name: 'edited, is announced anew though the old slot is to come',
      parent: cronTask(announced(12 * hour), withMetadata({ generation: 2 })),
      want: { phase, conditions: scheduled, again: hour },
      status: { nextScheduleTime: at(hour), observedGeneration: 2 },
    },
    {
      name: 'edited, does not bring back a slot that has run',
      parent: cronTask(announced(hour, { lastScheduleTime: at(0) }), withMetadata({ generation: 2 })),
      seenAt: later(-1),
      want: { phase, conditions: scheduled, again: hour + 1 },
    },
    {
      name: 'in a zone whose clocks are put back runs the first time',
      parent: cronTask(zoned, withMetadata({ creationTimestamp: '2026-10-24T12:00:00Z' })),
      seenAt: new Date('2026-10-25T00:30:00Z'),
      want: { create: [`Task default/nightly-${Date.parse('2026-10-25T00:30:00Z') / 1000}`], wake: [itself] },
    },
    {
      name: 'and not the second',
      parent: cronTask(
        zoned,
        withCronStatus({ observedGeneration: 1, nextScheduleTime: '2026-10-26T01:30:00Z', totalExecutions: 1 }),
      ),
      seenAt: new Date('2026-10-25T01:30:00Z'),
      want: { phase, conditions: scheduled, again: 24 * hour },
    },
  ])
})

describe('a run asked for by hand', () => {
  const claim = (value: string): Told => ({
    patch: { metadata: { annotations: { 'kubeopencode.io/trigger': value } } },
    wake: [itself],
  })
  const drop = { metadata: { annotations: { 'kubeopencode.io/trigger': null } } }
  const standing = announced(1800)
  const by = (offset: number) => triggered(String(secondsAt(offset)))
  cronTable([
    {
      name: 'gets its name first',
      parent: cronTask(standing, triggered()),
      seenAt: later(7),
      want: claim(String(secondsAt(7))),
    },
    {
      name: 'which is never that of a slot',
      parent: cronTask(announced(0), triggered()),
      want: claim(String(secondsAt(1))),
    },
    {
      name: 'nor that of the one before',
      parent: cronTask(standing, triggered(), withCronStatus({ lastTriggerTime: at(59) })),
      seenAt: later(7),
      want: claim(String(secondsAt(61))),
    },
    { name: 'then its Task', parent: cronTask(standing, by(7)), want: create(7) },
    {
      name: 'and is told and taken away when that is there',
      parent: cronTask(standing, by(7), withCronStatus({ totalExecutions: 2, lastScheduleTime: at(-hour) })),
      objects: [child(7)],
      want: { phase, conditions: scheduled, patch: drop, events: ['Normal Triggered'], again: 1800 },
      status: { totalExecutions: 3, lastTriggerTime: at(7), lastScheduleTime: at(-hour), nextScheduleTime: at(1800) },
    },
    {
      name: 'told, but not taken away before a crash',
      parent: cronTask(standing, by(7), withCronStatus({ lastTriggerTime: at(7) })),
      want: { patch: drop, wake: [itself] },
    },
    {
      name: 'taken away, but not told before a crash',
      parent: cronTask(standing),
      objects: [child(7)],
      want: { phase, conditions: scheduled, events: ['Normal Triggered'], again: 1800 },
      status: { totalExecutions: 1, lastTriggerTime: at(7) },
    },
    {
      name: 'again before the one before was told: that one first',
      parent: cronTask(standing, triggered()),
      objects: [child(7)],
      want: { phase, conditions: scheduled, events: ['Normal Triggered'], wake: [itself], again: 1800 },
      status: { totalExecutions: 1, lastTriggerTime: at(7) },
    },
    {
      name: 'while suspended',
      parent: cronTask(withCronStatus({ observedGeneration: 1 }), withCronSpec({ suspend: true }), triggered()),
      seenAt: later(7),
      want: claim(String(secondsAt(7))),
    },
    {
      name: 'while one is at work, under Forbid',
      parent: cronTask(standing, by(7)),
      objects: [child(-hour)],
      want: create(7),
    },
    {
      name: 'with a schedule that cannot be read',
      parent: cronTask(withCronSpec({ schedule: 'x' }), by(7)),
      want: create(7),
    },
    {
      name: 'waits for room, and says so once',
      parent: cronTask(standing, triggered()),
      objects: many(10),
      want: {
        phase,
        conditions: ['Ready=False MaxRetainedTasksReached'],
        events: ['Warning MaxRetainedTasksReached'],
        again: 1800,
      },
    },
    {
      name: 'whose name somebody else holds is told and taken away',
      parent: cronTask(standing, by(7)),
      objects: [foreign(7)],
      want: {
        phase,
        conditions: ['Ready=False TaskCreationFailed'],
        patch: drop,
        events: ['Warning TaskCreationFailed'],
        again: 1800,
      },
    },
    {
      name: 'together with a slot: one after the other',
      parent: cronTask(announced(0), by(7)),
      objects: [child(7)],
      want: { phase, conditions: scheduled, patch: drop, events: ['Normal Triggered'], again: 0 },
      status: { nextScheduleTime: at(0), totalExecutions: 1 },
    },
    {
      name: 'by a word that is none of ours',
      parent: cronTask(standing, triggered('yes')),
      want: { phase, conditions: scheduled, again: 1800 },
    },
    {
      name: 'by a number that is a slot',
      parent: cronTask(standing, triggered(String(secondsAt(60)))),
      want: { phase, conditions: scheduled, again: 1800 },
    },
  ])

  test('that waits for room is not announced twice', async () => {
    const first = decideCronTask(await cronTaskSight(cronTask(standing, triggered()), many(10)), now)
    const next = cronTask(standing, triggered(), withCronStatus(statusOf(first)))
    expect(told(decideCronTask(await cronTaskSight(next, many(10)), now)).events).toBeUndefined()
    expect(messageOf(first, 'Ready')).toContain('asked for by hand waits')
  })
})

describe('lastSuccessfulTime', () => {
  const cases = [
    {
      name: 'the last that completed',
      children: [child(-hour, finished(300)), child(-2 * hour, finished(500))],
      want: at(-300),
    },
    { name: 'not one that failed', children: [child(-hour, finished(300, 'Failed'))], want: undefined },
    {
      name: 'not one that was stopped',
      children: [child(-hour, finished(300), withCondition('Stopped', 'True', 'UserStopped'))],
      want: undefined,
    },
    { name: 'not one at work', children: [child(-hour, withPhase('Running'))], want: undefined },
    { name: 'kept when its Task is gone', children: [], before: at(-900), want: at(-900) },
  ]
  test.each(cases)('$name', async ({ children, before, want }) => {
    const parent = cronTask(announced(hour, before === undefined ? {} : { lastSuccessfulTime: before }))
    const plan = decideCronTask(await cronTaskSight(parent, children), now)
    expect(statusOf(plan).lastSuccessfulTime).toBe(want)
  })
})

describe('a Task that the apiserver refuses', () => {
  const message = 'cannot create Task default/nightly-1: it is forbidden'
  const cases = [
    {
      name: 'for a slot: the slot is left out',
      parent: cronTask(announced(0)),
      objects: [],
      want: {
        phase,
        conditions: ['Ready=False TaskCreationFailed'],
        events: ['Warning TaskCreationFailed'],
        again: hour,
      },
    },
    {
      name: 'for a trigger: it is taken away',
      parent: cronTask(announced(hour), triggered(String(secondsAt(7)))),
      objects: [],
      want: {
        phase,
        conditions: ['Ready=False TaskCreationFailed'],
        patch: { metadata: { annotations: { 'kubeopencode.io/trigger': null } } },
        events: ['Warning TaskCreationFailed'],
        again: hour,
      },
    },
    { name: 'anything else: the next look decides', parent: cronTask(announced(hour)), objects: [], want: {} },
  ]
  test.each(cases)('$name', async ({ parent, objects, want }) => {
    const plan = cronTaskRefused(await cronTaskSight(parent, objects), message, now)
    expect(told(plan)).toEqual(want)
    if (plan.status) expect(messageOf(plan, 'Ready')).toBe(message)
  })
})

test('the Task of a run', async () => {
  const parent = cronTask(
    announced(0),
    withCronSpec({
      taskTemplate: {
        metadata: { labels: { team: 'a', 'kubeopencode.io/task': 'x' }, annotations: { note: 'b' } },
        spec: { agentRef: { name: 'coder' }, description: 'Scan.', timeout: '10m' },
      },
    }),
  )
  const [made] = decideCronTask(await cronTaskSight(parent), now).create ?? []
  expect(made).toEqual({
    apiVersion: 'kubeopencode.io/v1alpha1',
    kind: 'Task',
    metadata: {
      name: slot(0),
      namespace: 'default',
      labels: { team: 'a', 'kubeopencode.io/crontask': 'nightly', 'kubeopencode.io/agent': 'coder' },
      annotations: { note: 'b' },
      ownerReferences: [
        {
          apiVersion: 'kubeopencode.io/v1alpha1',
          kind: 'CronTask',
          name: 'nightly',
          uid: 'cron-uid-1',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: { agentRef: { name: 'coder' }, description: 'Scan.', timeout: '10m' },
  })
})
