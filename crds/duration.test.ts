import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { durationSeconds } from './duration.ts'

describe('durationSeconds', () => {
  const cases: readonly (readonly [text: string, seconds: number | undefined])[] = [
    ['30m', 1800],
    ['1h30m', 5400],
    ['90s', 90],
    ['1.5h', 5400],
    ['250ms', 0.25],
    ['1m250ms', 60.25],
    ['', undefined],
    ['0s', undefined],
    ['0h0m', undefined],
    ['-5m', undefined],
    ['5', undefined],
    ['5 m', undefined],
    ['1d', undefined],
    ['m', undefined],
    ['.5h', undefined],
    ['9999999999h', undefined],
  ]
  test.each(cases)('%j is %j', (text, seconds) => expect(durationSeconds(text)).toBe(seconds))

  test('adds its parts up', () => {
    const part = fc.integer({ min: 0, max: 999 })
    fc.assert(
      fc.property(part, part, part, (h, m, s) => {
        expect(durationSeconds(`${h}h${m}m${s}s`)).toBe(h * 3600 + m * 60 + s || undefined)
      }),
    )
  })
})
