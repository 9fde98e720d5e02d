import type { Look, Scenario, Step } from '../scenario.ts'
import { cronTask, edit } from './objects.ts'

/** Zones with clocks that are changed in every way: by an hour, by half of one, at midnight, in the other half of the year. */
export const zones = [
  { zone: 'Europe/Berlin', changes: ['2026-03-29T01:00:00Z', '2026-10-25T01:00:00Z'] },
  { zone: 'America/New_York', changes: ['2026-03-08T07:00:00Z', '2026-11-01T06:00:00Z'] },
  { zone: 'Australia/Lord_Howe', changes: ['2026-10-03T15:30:00Z', '2026-04-04T15:00:00Z'] },
  { zone: 'America/Santiago', changes: ['2026-09-06T04:00:00Z', '2026-04-05T03:00:00Z'] },
  { zone: 'Asia/Beirut', changes: ['2026-03-28T22:00:00Z', '2026-10-24T21:00:00Z'] },
  { zone: 'Pacific/Auckland', changes: ['2026-09-26T14:00:00Z', '2026-04-04T14:00:00Z'] },
] as const

/** Times that are left out or shown twice somewhere, times beside them, and schedules that follow the clock. */
export const dailySchedules = [
  '30 2 * * *',
  '15 0 * * *',
  '0 0,2,3 * * *',
  '30 1 * * *',
  '*/20 1-3 * * *',
  '0 * * * *',
  '30 */2 * * *',
  '10 2 * * 0',
] as const

const name = 'nightly'
const runs = 3

const announced = ({ read }: Look): number | undefined => {
  const next = read('CronTask', name)?.status?.nextScheduleTime
  return next === undefined ? undefined : Date.parse(next)
}
const made = ({ read }: Look): number => read('CronTask', name)?.status?.totalExecutions ?? 0

/** Nobody is at work until shortly before the slot that is announced: what lies between two of them is of no interest. */
const untilSlot = (index: number): Step => ({
  name: `wait for slot ${index + 1}`,
  when: (look) => announced(look) !== undefined && made(look) === index,
  act: () => {},
  outageSeconds: (look) => Math.max(0, Math.floor(((announced(look) ?? 0) - look.wall()) / 1000) - 20),
})

/** A schedule that runs while the clocks of its zone are changed; then it is suspended. */
const clockChange = (zone: string, change: string, schedule: string): Scenario => ({
  name: `clocks-${zone}-${change.slice(0, 10)}-${schedule}`,
  objects: [cronTask(name, { schedule, timeZone: zone, concurrencyPolicy: 'Allow', maxRetainedTasks: 100 })],
  startAt: new Date(Date.parse(change) - 5 * 3600_000).toISOString(),
  weight: 0.08,
  people: [
    ...Array.from({ length: runs }, (_, index) => untilSlot(index)),
    { ...edit('CronTask', name, (look) => made(look) >= runs, { spec: { suspend: true } }), mayHaste: () => false },
  ],
  isDone: ({ read }) => {
    const { status, spec } = read('CronTask', name) ?? {}
    return spec?.suspend === true && status?.nextScheduleTime === undefined && status?.active === 0
  },
})

export const clockScenarios: readonly Scenario[] = zones.flatMap(({ zone, changes }) =>
  changes.flatMap((change) => dailySchedules.map((schedule) => clockChange(zone, change, schedule))),
)
