import { describe, expect, test } from 'vitest'
import { parseSchedule } from './schedule.ts'

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
    {
      name: 'a daily job in the hour that is left out',
      expression: '30 2 * * *',
      zone: 'Europe/Berlin',
      after: '2026-03-28T00:00:00Z',
      want: ['2026-03-28T01:30', '2026-03-29T01:30', '2026-03-30T00:30'],
    },
    {
      name: 'a daily job in the hour that comes twice',
      expression: '30 2 * * *',
      zone: 'Europe/Berlin',
      after: '2026-10-24T12:00:00Z',
      want: ['2026-10-25T00:30', '2026-10-26T01:30'],
    },
    {
      name: 'an hourly job in the hour that comes twice',
      expression: '0 * * * *',
      zone: 'Europe/Berlin',
      after: '2026-10-24T23:30:00Z',
      want: ['2026-10-25T00:00', '2026-10-25T01:00', '2026-10-25T02:00'],
    },
  ]
  test.each(cases)('$name', ({ expression, zone, after, want }) => {
    expect(slots(expression, zone, after, want.length)).toEqual(want)
  })
})
