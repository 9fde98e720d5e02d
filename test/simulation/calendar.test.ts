import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseSchedule } from '../../shared/schedule.ts'
import { slotAfter } from './calendar.ts'
import { dailySchedules, zones } from './scenarios/clocks.ts'

const nextOf = (expression: string, zone: string, after: number): number | undefined => {
  const parsed = parseSchedule(expression, zone)
  return 'schedule' in parsed ? parsed.schedule.next(new Date(after))?.getTime() : undefined
}

const year = 366 * 24 * 3600 * 1000

describe.each(zones)('in $zone', ({ zone, changes }) => {
  test.each(dailySchedules)(
    '%s means the same to both, around every change of clocks and at any other time',
    (schedule) => {
      const anyTime = fc.integer({
        min: Date.parse('2026-01-01T00:00:00Z'),
        max: Date.parse('2026-01-01T00:00:00Z') + year,
      })
      const nearChange = fc
        .tuple(fc.constantFrom(...changes), fc.integer({ min: -30 * 3600, max: 30 * 3600 }))
        .map(([change, seconds]) => Date.parse(change) + seconds * 1000)
      fc.assert(
        fc.property(fc.oneof(nearChange, nearChange, anyTime), (after) => {
          expect(nextOf(schedule, zone, after)).toBe(slotAfter(schedule, zone, after))
        }),
        { numRuns: 60, seed: 1 },
      )
    },
  )
})
