import { describe, expect, test } from 'vitest'
import { inversions, median, percentile } from './numbers.ts'

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

describe('percentile, by nearest rank', () => {
  const cases = [
    { name: 'the middle of an odd number', values: [3, 1, 2], percent: 50, want: 2 },
    { name: 'the lower middle of an even number', values: [4, 1, 3, 2], percent: 50, want: 2 },
    { name: 'p99 of a hundred leaves one value above it', values: upTo(100), percent: 99, want: 99 },
    { name: 'p99 of a few is the largest', values: upTo(20), percent: 99, want: 20 },
    { name: 'p0 is the smallest', values: upTo(20), percent: 0, want: 1 },
    { name: 'one value is every percentile', values: [7], percent: 95, want: 7 },
  ]
  test.each(cases)('$name', ({ values, percent, want }) => expect(percentile(values, percent)).toBe(want))

  test('throws where nothing was measured', () => expect(() => percentile([], 50)).toThrow('nothing was measured'))
})

describe('median', () => {
  const cases = [
    { values: [5], want: 5 },
    { values: [1, 9], want: 5 },
    { values: [9, 1, 2], want: 2 },
    { values: [4, 1, 3, 2], want: 2.5 },
    { values: upTo(7), want: 4 },
    { values: upTo(49), want: 25 },
  ]
  test.each(cases)('of $values is $want', ({ values, want }) => expect(median(values)).toBe(want))
})

describe('inversions', () => {
  const byNumber = (one: number, other: number): number => one - other
  const cases = [
    { order: [], want: 0 },
    { order: [1, 2, 3], want: 0 },
    { order: [2, 1, 3], want: 1 },
    { order: [3, 2, 1], want: 3 },
    { order: [1, 1], want: 0 },
  ]
  test.each(cases)('of $order are $want', ({ order, want }) => expect(inversions(order, byNumber)).toBe(want))
})
