import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Schedule } from './schedule.ts'
import { countSlots, latestSlot, parseSchedule } from './schedule.ts'

const problem = (expression: string, timeZone?: string) => {
  const parsed = parseSchedule(expression, timeZone)
  return 'problem' in parsed ? parsed.problem : undefined
}

const slots = (expression: string, timeZone: string, after: string, count: number): string[] => {
  const parsed = parseSchedule(expression, timeZone)
  if ('problem' in parsed) throw new Error(parsed.problem.message)
  const found: string[] = []
  for (let at = new Date(after); found.length < count;) {
    const slot = parsed.schedule.next(at)
    if (!slot) break
    found.push(slot.toISOString().slice(0, 16))
    at = slot
  }
  return found
}

describe('a schedule that is refused', () => {
  const cases = [
    { name: 'four fields', expression: '* * * *', field: 'schedule', says: 'five fields' },
    { name: 'six fields', expression: '0 * * * * *', field: 'schedule', says: 'five fields' },
    { name: 'nothing', expression: '', field: 'schedule', says: 'five fields' },
    { name: 'a nickname', expression: '@daily', field: 'schedule', says: 'five fields' },
    { name: 'a random minute', expression: 'H * * * *', field: 'schedule', says: 'five fields' },
    { name: 'a zone inside', expression: 'TZ=UTC 0 9 * * *', field: 'schedule', says: 'five fields' },
    { name: 'minute 60', expression: '60 * * * *', field: 'schedule', says: 'cannot be read' },
    { name: 'step 0', expression: '*/0 * * * *', field: 'schedule', says: 'cannot be read' },
    { name: 'a range backwards', expression: '5-1 * * * *', field: 'schedule', says: 'cannot be read' },
    { name: 'no month of that name', expression: '0 0 1 FOO *', field: 'schedule', says: 'cannot be read' },
    { name: '30 February', expression: '0 0 30 2 *', field: 'schedule', says: 'can never fire' },
    { name: '31st of short months', expression: '0 0 31 2,4,6 *', field: 'schedule', says: 'can never fire' },
    {
      name: 'ten thousand commas',
      expression: `${','.repeat(10_000)} * * * *`,
      field: 'schedule',
      says: 'at most 256',
    },
    {
      name: 'a hundred thousand letters',
      expression: `${'a'.repeat(100_000)}!`,
      field: 'schedule',
      says: 'at most 256',
    },
    { name: 'a path as zone', expression: '* * * * *', zone: '../../etc/passwd', field: 'timeZone', says: 'time zone' },
    { name: 'the zone Local', expression: '* * * * *', zone: 'Local', field: 'timeZone', says: 'time zone' },
    { name: 'an empty zone', expression: '* * * * *', zone: '', field: 'timeZone', says: 'time zone' },
    { name: 'an unknown zone', expression: '* * * * *', zone: 'Europe/Atlantis', field: 'timeZone', says: 'time zone' },
    { name: 'an offset', expression: '* * * * *', zone: '+01:00', field: 'timeZone', says: 'time zone' },
    { name: 'a long zone', expression: '* * * * *', zone: 'A'.repeat(100_000), field: 'timeZone', says: 'time zone' },
  ]
  test.each(cases)('$name', ({ expression, zone, field, says }) => {
    expect(problem(expression, zone)).toEqual({ field, message: expect.stringContaining(says) })
  })
})

describe('next', () => {
  const cases = [
    {
      name: 'is strictly after',
      expression: '0 9 * * *',
      zone: 'UTC',
      after: '2026-03-01T09:00:00Z',
      want: ['2026-03-02T09:00'],
    },
    {
      name: 'weekdays in Shanghai',
      expression: '0 9 * * 1-5',
      zone: 'Asia/Shanghai',
      after: '2026-03-06T02:00:00Z',
      want: ['2026-03-09T01:00'],
    },
    {
      name: 'names of days',
      expression: '0 9 * * MON,fri',
      zone: 'UTC',
      after: '2026-03-06T10:00:00Z',
      want: ['2026-03-09T09:00', '2026-03-13T09:00'],
    },
    {
      name: 'Sunday is 0 and 7',
      expression: '0 9 * * 7',
      zone: 'UTC',
      after: '2026-03-06T10:00:00Z',
      want: ['2026-03-08T09:00'],
    },
    {
      name: 'day of month or day of week',
      expression: '0 0 13 * 5',
      zone: 'UTC',
      after: '2026-10-08T12:00:00Z',
      want: ['2026-10-09T00:00', '2026-10-13T00:00'],
    },
    {
      name: 'leap days, over a century without one',
      expression: '0 0 29 2 *',
      zone: 'UTC',
      after: '2096-03-01T00:00:00Z',
      want: ['2104-02-29T00:00'],
    },
    {
      name: 'the last day of a month',
      expression: '0 0 L * *',
      zone: 'UTC',
      after: '2027-02-01T12:00:00Z',
      want: ['2027-02-28T00:00'],
    },
    {
      name: 'several blanks',
      expression: ' 0  9\t* * * ',
      zone: 'UTC',
      after: '2026-03-01T00:00:00Z',
      want: ['2026-03-01T09:00'],
    },
  ]
  test.each(cases)('$name', ({ expression, zone, after, want }) => {
    expect(slots(expression, zone, after, want.length)).toEqual(want)
  })
})

/**
 * What happens where clocks are changed. Local times, as far as they help: Berlin leaves out 02:00 to 03:00 on 29 March
 * 2026 and repeats it on 25 October; New York leaves out 02:00 on 8 March and repeats 01:00 on 1 November; Havana and
 * Santiago do it at midnight; Lord Howe by half an hour, Troll by two hours; Casablanca for Ramadan; Apia left out a day.
 */
describe('where clocks are changed', () => {
  const cases = [
    [
      'a time left out is an hour later',
      '30 2 * * *',
      'Europe/Berlin',
      '03-28T00:00',
      '03-28T01:30 03-29T01:30 03-30T00:30',
    ],
    [
      'a time left out runs beside the others of its day',
      '45 1-4 * * *',
      'Europe/Berlin',
      '03-29T00:00',
      '03-29T00:45 03-29T01:45 03-29T02:45 03-29T23:45',
    ],
    [
      'two times that fall together run once',
      '30 2,3 * * *',
      'Europe/Berlin',
      '03-29T00:00',
      '03-29T01:30 03-30T00:30 03-30T01:30',
    ],
    ['later than a time that comes after it', '45 2 * * *', 'Europe/Berlin', '03-29T00:59', '03-29T01:45 03-30T00:45'],
    [
      'in order, the moved and the others',
      '10,45 2,3 * * *',
      'Europe/Berlin',
      '03-29T00:30',
      '03-29T01:10 03-29T01:45 03-30T00:10',
    ],
    [
      'a time that comes twice runs the first time',
      '30 2 * * *',
      'Europe/Berlin',
      '10-24T12:00',
      '10-25T00:30 10-26T01:30',
    ],
    ['asked in between, not again', '30 2 * * *', 'Europe/Berlin', '10-25T01:10', '10-26T01:30'],
    [
      'asked at the change, what comes after it',
      '0 3 * * *',
      'Europe/Berlin',
      '10-25T01:00',
      '10-25T02:00 10-26T02:00',
    ],
    [
      'each quarter of an hour that comes twice, once',
      '*/15 2 * * *',
      'Europe/Berlin',
      '10-25T00:00',
      '10-25T00:15 10-25T00:30 10-25T00:45 10-26T01:00',
    ],
    [
      'every hour, the one that comes twice too',
      '0 * * * *',
      'Europe/Berlin',
      '10-24T23:30',
      '10-25T00:00 10-25T01:00 10-25T02:00',
    ],
    [
      'every hour, none for the one left out',
      '0 * * * *',
      'Europe/Berlin',
      '03-28T23:30',
      '03-29T00:00 03-29T01:00 03-29T02:00',
    ],
    [
      'every twenty minutes, evenly through both',
      '*/20 * * * *',
      'Europe/Berlin',
      '10-25T00:30',
      '10-25T00:40 10-25T01:00 10-25T01:20',
    ],
    ['the hours written out are every hour', '0 0-23 * * *', 'Europe/Berlin', '10-25T00:00', '10-25T01:00 10-25T02:00'],
    ['on one day of the year only', '30 2 29 3 *', 'Europe/Berlin', '01-01T00:00', '03-29T01:30 2027-03-29T00:30'],
    [
      'before and after far away changes',
      '0 12 1 1,7 *',
      'Europe/Berlin',
      '01-02T00:00',
      '07-01T10:00 2027-01-01T11:00',
    ],
    ['left out', '30 2 * * *', 'America/New_York', '03-07T12:00', '03-08T07:30 03-09T06:30'],
    ['twice', '30 1 * * *', 'America/New_York', '10-31T12:00', '11-01T05:30 11-02T06:30'],
    [
      'twice, every half hour',
      '0,30 * * * *',
      'America/New_York',
      '11-01T05:00',
      '11-01T05:30 11-01T06:00 11-01T06:30 11-01T07:00',
    ],
    ['midnight left out, the same day', '0 0 * * *', 'America/Havana', '03-07T12:00', '03-08T05:00 03-09T04:00'],
    ['after a midnight left out', '30 0 * * *', 'America/Havana', '03-07T12:00', '03-08T05:30 03-09T04:30'],
    ['the hour after midnight twice', '30 0 * * *', 'America/Havana', '10-31T12:00', '11-01T04:30 11-02T05:30'],
    ['midnight left out', '0 0 * * *', 'America/Santiago', '09-05T12:00', '09-06T04:00 09-07T03:00'],
    ['the hour before midnight twice', '30 23 * * *', 'America/Santiago', '04-04T12:00', '04-05T02:30 04-06T03:30'],
    [
      'every hour of a day with its last hour twice',
      '30 * 4 4 *',
      'America/Santiago',
      '04-05T02:00',
      '04-05T02:30 04-05T03:30 2027-04-04T04:30',
    ],
    ['half an hour left out', '15 2 * * *', 'Australia/Lord_Howe', '10-02T18:00', '10-03T15:45 10-04T15:15'],
    ['half an hour twice', '45 1 * * *', 'Australia/Lord_Howe', '04-04T00:00', '04-04T14:45 04-05T15:15'],
    ['two hours left out', '30 1,2 * * *', 'Antarctica/Troll', '03-29T00:00', '03-29T01:30 03-29T02:30 03-29T23:30'],
    ['two hours twice', '30 1,2 * * *', 'Antarctica/Troll', '10-24T22:00', '10-24T23:30 10-25T00:30 10-26T01:30'],
    ['an hour twice when Ramadan begins', '30 2 * * *', 'Africa/Casablanca', '02-14T12:00', '02-15T01:30 02-16T02:30'],
    ['an hour left out when it ends', '30 2 * * *', 'Africa/Casablanca', '03-21T12:00', '03-22T02:30 03-23T01:30'],
    [
      'a day left out is the next one',
      '0 9 * * *',
      'Pacific/Apia',
      '2011-12-29T00:00',
      '2011-12-29T19:00 2011-12-30T19:00 2011-12-31T19:00',
    ],
    ['a zone without changes', '30 2 * * *', 'Asia/Kolkata', '03-28T00:00', '03-28T21:00 03-29T21:00'],
  ] as const
  const whole = (time: string) => (time.length === 11 ? `2026-${time}` : time)
  test.each(cases.map(([name, expression, zone, after, want]) => ({ name, expression, zone, after, want })))(
    '$zone, $expression: $name',
    ({ expression, zone, after, want }) => {
      const wanted = want.split(' ').map(whole)
      expect(slots(expression, zone, `${whole(after)}:00Z`, wanted.length)).toEqual(wanted)
    },
  )
})

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Havana',
  'Australia/Lord_Howe',
  'Antarctica/Troll',
  'Africa/Casablanca',
]
const zone = fc.constantFrom(...zones)
const minuteOfHour = fc.integer({ min: 0, max: 59 })
const hourOfDay = fc.integer({ min: 0, max: 23 })
const moment = fc
  .integer({ min: Date.parse('2024-01-01T00:00Z') / 1000, max: Date.parse('2028-12-31T00:00Z') / 1000 })
  .map((seconds) => new Date(seconds * 1000))
const scheduleOf = (expression: string, timeZone: string): Schedule => {
  const parsed = parseSchedule(expression, timeZone)
  if ('problem' in parsed) throw new Error(parsed.problem.message)
  return parsed.schedule
}
const dayFormats = new Map(
  zones.map((timeZone) => [timeZone, new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short' })]),
)
const localDay = (timeZone: string, at: Date) => dayFormats.get(timeZone)!.format(at)
const days = (count: number) => count * 86_400_000

describe('always', () => {
  test('a daily job runs once on each local day', () => {
    fc.assert(
      fc.property(zone, minuteOfHour, hourOfDay, moment, (timeZone, minute, hour, from) => {
        const schedule = scheduleOf(`${minute} ${hour} * * *`, timeZone)
        let slot = schedule.next(from)!
        for (let count = 0; count < 10; count += 1) {
          const next = schedule.next(slot)!
          const between = Date.parse(localDay(timeZone, next)) - Date.parse(localDay(timeZone, slot))
          expect(between).toBe(days(1))
          slot = next
        }
      }),
      { numRuns: 100 },
    )
  })

  test('slots rise, are whole minutes, and do not depend on where one begins to ask', () => {
    const expression = fc.constantFrom(
      '*/7 * * * *',
      '0 * * * *',
      '5,50 1-3 * * *',
      '0 */6 * * 1-5',
      '30 0 1,15 * *',
      '10 2 * * 0',
    )
    fc.assert(
      fc.property(zone, expression, moment, fc.nat({ max: 3 * 86_400 }), (timeZone, text, from, seconds) => {
        const schedule = scheduleOf(text, timeZone)
        const slot = schedule.next(from)!
        expect(slot.getTime()).toBeGreaterThan(from.getTime())
        expect(slot.getTime() % 60_000).toBe(0)
        const later = new Date(from.getTime() + seconds * 1000)
        if (later < slot) expect(schedule.next(later)).toEqual(slot)
        else expect(schedule.next(later)!.getTime()).toBeGreaterThan(later.getTime())
      }),
      { numRuns: 100 },
    )
  })

  test('an hourly job is never two hours apart, and never less than half an hour', () => {
    fc.assert(
      fc.property(zone, minuteOfHour, moment, (timeZone, minute, from) => {
        const schedule = scheduleOf(`${minute} * * * *`, timeZone)
        const slot = schedule.next(from)!
        const apart = schedule.next(slot)!.getTime() - slot.getTime()
        expect(apart).toBeGreaterThanOrEqual(30 * 60_000)
        expect(apart).toBeLessThan(120 * 60_000)
      }),
    )
  })
})

describe('latestSlot', () => {
  const expressions = fc.constantFrom('* * * * *', '*/7 * * * *', '* 9 * * *', '0 0 * * 1', '30 2 * * *', '0 0 1 1 *')

  test('is the last of all slots in that time', () => {
    fc.assert(
      fc.property(zone, expressions, moment, fc.nat({ max: 12 * 3600 }), (timeZone, expression, from, seconds) => {
        const schedule = scheduleOf(expression, timeZone)
        const until = new Date(from.getTime() + seconds * 1000)
        let last: Date | undefined
        for (let slot = schedule.next(from); slot && slot <= until; slot = schedule.next(slot)) last = slot
        expect(latestSlot(schedule, from, until)).toEqual(last)
      }),
      { numRuns: 30 },
    )
  })

  const from = new Date('2016-01-01T00:00:30Z')
  const cases = [
    { name: 'none', expression: '0 0 * * *', until: '2016-01-01T23:59:59Z', want: undefined, most: 1 },
    {
      name: 'one, the usual case',
      expression: '* * * * *',
      until: '2016-01-01T00:01:05Z',
      want: '2016-01-01T00:01',
      most: 1,
    },
    {
      name: 'ten years of minutes',
      expression: '* * * * *',
      until: '2026-01-01T00:00:00Z',
      want: '2026-01-01T00:00',
      most: 25,
    },
    {
      name: 'ten years of leap days',
      expression: '0 0 29 2 *',
      until: '2026-01-01T00:00:00Z',
      want: '2024-02-29T00:00',
      most: 25,
    },
    {
      name: 'sixty slots in one hour of each day',
      expression: '* 9 * * *',
      until: '2026-01-01T23:00:00Z',
      want: '2026-01-01T09:59',
      most: 40,
    },
  ]
  test.each(cases)('$name, in $most questions', ({ expression, until, want, most }) => {
    let asked = 0
    const schedule = scheduleOf(expression, 'UTC')
    const counted: Schedule = {
      next: (after) => {
        asked += 1
        return schedule.next(after)
      },
    }
    expect(latestSlot(counted, from, new Date(until))?.toISOString().slice(0, 16)).toBe(want)
    expect(asked).toBeLessThanOrEqual(most)
  })
})

test('countSlots counts no further than it is asked to', () => {
  const schedule = scheduleOf('* * * * *', 'UTC')
  const from = new Date('2026-01-01T00:00:00Z')
  const until = (time: string) => new Date(`2026-01-01T${time}Z`)
  expect(countSlots(schedule, from, until('00:00:00'), 101)).toBe(0)
  expect(countSlots(schedule, from, until('00:05:00'), 101)).toBe(5)
  expect(countSlots(schedule, from, until('23:00:00'), 101)).toBe(101)
})
