import { annotations } from '../../../crds/names.ts'
import { conditionOf } from '../../../shared/conditions.ts'
import type { Look, Scenario, Step } from '../scenario.ts'
import { account, agent, all, config, cronTask, edit, gone, isThere, isIdle, lives, remove, task } from './objects.ts'
import { isTask } from './objects.ts'

const name = 'nightly'
/** The name of the Task for a slot, `12:02` of the first of June. */
const childAt = (time: string): string => `${name}-${Date.parse(`2026-06-01T${time}:00Z`) / 1000}`

const statusOf = ({ read }: Look) => read('CronTask', name)?.status

const hasRun =
  (times: number) =>
  (look: Look): boolean => {
    const status = statusOf(look)
    return status?.totalExecutions === times && status.active === 0
  }
const says =
  (reason: string) =>
  (look: Look): boolean =>
    conditionOf(statusOf(look)?.conditions, 'Ready')?.reason === reason

/** Whether what was announced is so far ahead that nothing more happens. */
const isServedToday = (look: Look): boolean =>
  Date.parse(statusOf(look)?.nextScheduleTime ?? '9999-01-01') > look.wall() + 1000_000
const isAnnounced = (look: Look): boolean => statusOf(look)?.nextScheduleTime !== undefined
const isPast =
  (time: string) =>
  ({ wall }: Look): boolean =>
    wall() >= Date.parse(`2026-06-01T${time}Z`)

/** A schedule that was seen late enough is announced after its slot has come, and has run before the outage begins. */
const hasRunBy = (time: string, look: Look): boolean =>
  hasRun(1)(look) &&
  look
    .all('Task')
    .every(({ metadata }) => Date.parse(metadata.creationTimestamp ?? '') <= Date.parse(`2026-06-01T${time}Z`))

const outage = (when: Step['when'], seconds: number): Step => ({
  name: `nobody is at work for ${seconds} s`,
  when,
  act: () => {},
  outageSeconds: () => seconds,
})

const change = (when: Step['when'], spec: object): Step => ({
  ...edit('CronTask', name, when, { spec }),
  mayHaste: () => false,
})

const trigger = (when: Step['when'], afterSeconds = 0): Step => ({
  name: `trigger CronTask ${name}`,
  when,
  act: ({ patch }) => patch('CronTask', name, { metadata: { annotations: { [annotations.trigger]: 'true' } } }),
  afterSeconds,
})

const daily = (spec: Readonly<Record<string, unknown>>) => [account, agent(), cronTask(name, spec)]
const isAtWork = ({ all: every }: Look): boolean => every('Task').some(({ status }) => status?.phase === 'Running')
const once = all(hasRun(1), isServedToday, isIdle)
const many = '* * * * *'

/** All slots of an outage but the latest are left out; then it is suspended, or it would go on for ever. */
const missed = (slots: number): Scenario => ({
  name: `cron-${slots}-missed`,
  objects: daily({ schedule: many }),
  people: [
    outage(isAnnounced, slots * 60 + 30),
    change((look) => (statusOf(look)?.totalExecutions ?? 0) > 0 && look.wall() > Date.parse('2026-06-01T12:01:30Z'), {
      suspend: true,
    }),
  ],
  isDone: (look) =>
    says('Suspended')(look) && statusOf(look)?.active === 0 && (statusOf(look)?.totalExecutions ?? 9) <= 3,
})

export const cronTaskScenarios: readonly Scenario[] = [
  {
    name: 'cron-fire',
    objects: daily({ schedule: '2 12 * * *' }),
    isDone: all(once, isTask(childAt('12:02'), 'Completed')),
  },
  {
    name: 'cron-before-its-agent',
    objects: [cronTask(name, { schedule: '1 12 * * *' })],
    isDone: all(hasRun(1), isServedToday, isTask(childAt('12:01'), 'Failed', 'AgentError')),
  },
  {
    name: 'cron-allow',
    objects: daily({ schedule: '1,2 12 * * *', concurrencyPolicy: 'Allow' }),
    lifeOf: lives({ runSeconds: 100 }),
    isDone: all(hasRun(2), isServedToday, isIdle),
  },
  {
    name: 'cron-forbid',
    objects: daily({ schedule: '1,2 12 * * *' }),
    lifeOf: lives({ runSeconds: 100 }),
    isDone: all(hasRun(1), isServedToday, isTask(childAt('12:01'), 'Completed'), gone('Task', childAt('12:02'))),
  },
  {
    name: 'cron-replace',
    objects: daily({ schedule: '1,2 12 * * *', concurrencyPolicy: 'Replace' }),
    lifeOf: lives({ runSeconds: 100_000, stopSeconds: 5 }, new RegExp(childAt('12:01'))),
    isDone: all(
      hasRun(2),
      isServedToday,
      isTask(childAt('12:01'), 'Completed', 'UserStopped'),
      isTask(childAt('12:02'), 'Completed', 'Completed'),
    ),
  },
  missed(1),
  missed(101),
  { ...missed(10_000), weight: 0.5 },
  {
    name: 'cron-deadline-passed',
    objects: daily({ schedule: '1 12 * * *', startingDeadlineSeconds: 30 }),
    people: [outage(isAnnounced, 150)],
    isDone: all(isServedToday, (look) => (hasRun(0)(look) ? says('MissedDeadline')(look) : hasRunBy('12:01:30', look))),
  },
  {
    name: 'cron-late-within-its-deadline',
    objects: daily({ schedule: '1 12 * * *', startingDeadlineSeconds: 3600 }),
    people: [outage(isAnnounced, 150)],
    isDone: once,
  },
  {
    name: 'cron-trigger',
    objects: daily({ schedule: '0 3 1 1 *' }),
    people: [trigger(isAnnounced, 5)],
    isDone: once,
  },
  {
    name: 'cron-trigger-beside-a-slot',
    objects: daily({ schedule: '1 12 * * *', concurrencyPolicy: 'Allow' }),
    people: [trigger(isPast('12:00:59'))],
    isDone: all(hasRun(2), isServedToday),
  },
  {
    name: 'cron-trigger-while-suspended',
    objects: daily({ schedule: '1 12 * * *', suspend: true }),
    people: [trigger(says('Suspended'), 5)],
    isDone: all(hasRun(1), says('Suspended')),
  },
  {
    name: 'cron-suspend-and-resume',
    objects: daily({ schedule: '1 12 * * *' }),
    people: [
      change(isAnnounced, { suspend: true }),
      { ...change(says('Suspended'), { suspend: false }), afterSeconds: 150 },
    ],
    isDone: all(hasRun(0), isServedToday, says('Scheduled')),
  },
  {
    name: 'cron-schedule-edit',
    objects: daily({ schedule: '40 12 * * *' }),
    people: [change(isAnnounced, { schedule: '20 12 * * *' })],
    isDone: all(once, isTask(childAt('12:20'), 'Completed')),
  },
  {
    name: 'cron-schedule-edit-into-the-past',
    objects: daily({ schedule: '10 12 * * *' }),
    people: [change(isAnnounced, { schedule: '59 11 * * *' })],
    isDone: all(hasRun(0), isServedToday, says('Scheduled')),
  },
  {
    name: 'cron-cap',
    objects: daily({ schedule: '1,2,4 12 * * *', maxRetainedTasks: 1 }),
    people: [
      {
        ...remove('Task', childAt('12:01'), all(says('MaxRetainedTasksReached'), isPast('12:02:30'))),
        mayHaste: () => false,
      },
    ],
    isDone: all(hasRun(2), isServedToday, gone('Task', childAt('12:02')), isTask(childAt('12:04'), 'Completed')),
  },
  {
    name: 'cron-cleanup',
    objects: [config({ cleanup: { ttlSecondsAfterFinished: 5 } }), ...daily({ schedule: '1 12 * * *' })],
    isDone: all(once, ({ all: every }) => every('Task').length === 0),
  },
  {
    name: 'cron-foreign-task',
    objects: [...daily({ schedule: '1 12 * * *' }), task(childAt('12:01'))],
    isDone: all(hasRun(0), isServedToday, says('TaskCreationFailed'), isTask(childAt('12:01'), 'Completed')),
  },
  {
    name: 'cron-deleted-while-running',
    objects: daily({ schedule: '1 12 * * *' }),
    lifeOf: lives({ runSeconds: 100_000 }),
    people: [{ ...remove('CronTask', name, isAtWork), afterSeconds: 15 }],
    isDone: all(
      gone('CronTask', name),
      ({ all: every }) => every('Task').length === 0,
      isThere('Agent', 'coder'),
      isIdle,
    ),
  },
]
