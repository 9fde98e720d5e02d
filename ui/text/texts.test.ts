import { describe, expect, test } from 'vitest'
import { addressOf, hrefOf } from '../shell/address.ts'
import { distanceText, durationText } from './ago.ts'
import { costText, countText } from './money.ts'

test.each([
  [0, '0s'],
  [59.9, '59s'],
  [245, '4m 5s'],
  [3_599, '59m'],
  [3_720, '1h 2m'],
  [7_200, '2h'],
  [90_000, '1d 1h'],
  [864_000, '10d'],
  [-5, '0s'],
])('%d seconds are %s', (seconds, text) => expect(durationText(seconds)).toBe(text))

test('a distance says in which direction', () => {
  const now = new Date('2026-06-01T12:00:00Z')
  const far = (at: string): string => distanceText(at, now)
  expect([far('2026-06-01T11:59:00Z'), far('2026-06-01T12:00:01Z'), far('2026-06-01T14:00:00Z')]).toEqual([
    '1m ago',
    'now',
    'in 2h',
  ])
})

test('costs and counts', () => {
  expect([costText(0), costText(0.0034), costText(0.05), costText(12.345)]).toEqual([
    '$0.00',
    '$0.0034',
    '$0.05',
    '$12.35',
  ])
  expect([countText(999), countText(1_200), countText(45_000), countText(2_500_000)]).toEqual([
    '999',
    '1.2k',
    '45k',
    '2.5M',
  ])
})

describe('addresses', () => {
  test('lead there and back, below a base', () => {
    const href = hrefOf('/koc', ['tasks', 'team', 'a b'], { namespace: 'team', q: undefined })
    expect(href).toBe('/koc/tasks/team/a%20b?namespace=team')
    const { pathname, search } = new URL(href, 'http://a')
    expect(addressOf(pathname, search, '/koc')?.parts).toEqual(['tasks', 'team', 'a b'])
  })
  test('of other places are none of ours', () => {
    expect(addressOf('/kocher/tasks', '', '/koc')).toBeUndefined()
    expect(addressOf('/%E0%A4%A', '', '')).toBeUndefined()
    expect(addressOf('/', '', '')?.parts).toEqual([])
  })
})
