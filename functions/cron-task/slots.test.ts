import { describe, expect, test } from 'vitest'
import { deleted, withMetadata } from '../../test/builders/change.ts'
import {
  announced,
  child,
  cronTask,
  cronTaskSight,
  finished,
  said,
  withCronSpec,
} from '../../test/builders/cron-task.ts'
import { at, later, now } from '../../test/builders/time.ts'
import { create, cronTable, foreign, hour, phase, scheduled, slot } from '../../test/builders/cron-table.ts'
import { decideCronTask } from './decide.ts'

describe('a slot', () => {
  cronTable([
    {
      name: 'is announced for a new CronTask',
      parent: cronTask(withMetadata({ creationTimestamp: at(-60) })),
      seenAt: later(-30),
      want: { phase, conditions: scheduled, again: 30 },
      status: { nextScheduleTime: at(0), active: 0, activeRefs: [], totalExecutions: 0, observedGeneration: 1 },
    },
    {
      name: 'of a new CronTask runs, though nobody has looked at it before',
      parent: cronTask(withMetadata({ creationTimestamp: at(-60) })),
      want: create(0),
    },
    {
      name: 'of the second in which the CronTask was made does not',
      parent: cronTask(withMetadata({ creationTimestamp: at(0) })),
      want: { phase, conditions: scheduled, again: hour },
    },
    {
      name: 'is waited for to the second',
      parent: cronTask(announced(0), said('True', 'Scheduled')),
      seenAt: new Date(now.getTime() - 1),
      want: { phase, conditions: scheduled, again: 0.001 },
    },
    { name: 'that has come makes its Task', parent: cronTask(announced(0)), want: create(0) },
    {
      name: 'is told once its Task is there, and the next one announced',
      parent: cronTask(announced(0, { totalExecutions: 4 })),
      objects: [child(0)],
      want: { phase, conditions: scheduled, events: ['Normal TaskCreated'], again: hour },
      status: {
        lastScheduleTime: at(0),
        nextScheduleTime: at(hour),
        totalExecutions: 5,
        active: 1,
        activeRefs: [{ name: slot(0), uid: `uid-${slot(0)}` }],
      },
    },
    {
      name: 'that is told is not told again',
      parent: cronTask(announced(hour, { totalExecutions: 5, lastScheduleTime: at(0) })),
      objects: [child(0)],
      want: { phase, conditions: scheduled, again: hour },
      status: { totalExecutions: 5 },
    },
    {
      name: 'whose Task ended before it was told is counted too',
      parent: cronTask(announced(0)),
      objects: [child(0, finished(0))],
      want: { phase, conditions: scheduled, events: ['Normal TaskCreated'], again: hour },
      status: { totalExecutions: 1, active: 0, lastSuccessfulTime: at(0) },
    },
    {
      name: 'before a crash and one after it are both counted',
      parent: cronTask(announced(-hour)),
      objects: [child(-hour), child(0)],
      want: { phase, conditions: scheduled, events: ['Normal TaskCreated', 'Normal TaskCreated'], again: hour },
      status: { totalExecutions: 2, lastScheduleTime: at(0), nextScheduleTime: at(hour) },
    },
    {
      name: 'that came while the one before was not told yet is looked at right after',
      parent: cronTask(announced(-hour)),
      objects: [child(-hour)],
      want: { phase, conditions: scheduled, events: ['Normal TaskCreated'], again: 0 },
      status: { totalExecutions: 1, nextScheduleTime: at(0) },
    },
    {
      name: 'whose name somebody else holds is left out, with the reason',
      parent: cronTask(announced(0)),
      objects: [foreign(0)],
      want: {
        phase,
        conditions: ['Ready=False TaskCreationFailed'],
        events: ['Warning TaskCreationFailed'],
        again: hour,
      },
      status: { nextScheduleTime: at(hour), totalExecutions: 0 },
    },
    {
      name: 'of a CronTask that is being deleted is nobody’s business',
      parent: cronTask(announced(0), deleted(at(0))),
      want: {},
    },
    {
      name: 'does not come again when the clock goes back',
      parent: cronTask(announced(hour, { lastScheduleTime: at(0) })),
      seenAt: later(-1800),
      want: { phase, conditions: scheduled, again: hour + 1800 },
      status: { nextScheduleTime: at(hour) },
    },
  ])
})

describe('after an outage', () => {
  cronTable([
    {
      name: 'the latest of many missed slots runs',
      parent: cronTask(announced(-100 * 86_400), withCronSpec({ schedule: '* * * * *' })),
      want: create(0),
    },
    {
      name: 'what was missed is said with it',
      parent: cronTask(announced(-5 * hour)),
      objects: [child(0)],
      want: { phase, conditions: scheduled, events: ['Normal TaskCreated'], again: hour },
      status: { totalExecutions: 1 },
    },
    {
      name: 'more than a hundred missed are worth a warning',
      parent: cronTask(announced(-101 * hour)),
      objects: [child(0)],
      want: { phase, conditions: scheduled, events: ['Normal TaskCreated', 'Warning TooManyMissed'], again: hour },
    },
    {
      name: 'it runs within its deadline',
      parent: cronTask(announced(-hour), withCronSpec({ startingDeadlineSeconds: 600 })),
      seenAt: later(600),
      want: create(0),
    },
    {
      name: 'and is left out a second later',
      parent: cronTask(announced(-hour), withCronSpec({ startingDeadlineSeconds: 600 })),
      seenAt: later(601),
      want: {
        phase,
        conditions: ['Ready=True MissedDeadline'],
        events: ['Warning MissedDeadline'],
        again: hour - 601,
      },
      status: { nextScheduleTime: at(hour) },
    },
    {
      name: 'a deadline of no seconds leaves the second of the slot',
      parent: cronTask(announced(0), withCronSpec({ startingDeadlineSeconds: 0 })),
      seenAt: new Date(now.getTime() + 999),
      want: create(0),
    },
    {
      name: 'what was said of the deadline stands until the next run',
      parent: cronTask(announced(hour), said('True', 'MissedDeadline'), withCronSpec({ startingDeadlineSeconds: 1 })),
      want: { phase, conditions: ['Ready=True MissedDeadline'], again: hour },
    },
    {
      name: 'and no longer',
      parent: cronTask(announced(0), said('True', 'MissedDeadline')),
      objects: [child(0)],
      want: { phase, conditions: scheduled, events: ['Normal TaskCreated'], again: hour },
    },
  ])

  test('the messages count', async () => {
    const sight = await cronTaskSight(cronTask(announced(-5 * hour)), [child(0)])
    expect(decideCronTask(sight, now).events?.[0]?.message).toBe(
      `created Task ${slot(0)} for ${at(0)}; 5 earlier runs were missed`,
    )
  })
})
