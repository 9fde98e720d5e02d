import { expect, test } from 'vitest'
import { beyond, rangesOf } from './ranges.ts'
import { linesOf } from './table.ts'

const lines = (...values: number[]) =>
  linesOf(values.map((value) => ({ id: 'M10', what: 'reads per Task', unit: '', value })))
const ranges = rangesOf([...lines(11.5, 12.5), ...linesOf([{ id: 'M2', what: 'apply → Pod', unit: 'ms', value: 9 }])])

test('a range is the mean of the rounds, their spread and a limit, for counts and not for times', () => {
  expect(ranges).toEqual({ 'M10 reads per Task': { mean: 12, spread: 1, limit: 14.4 } })
})

test('what varies by itself may vary so much again', () => {
  expect(rangesOf(lines(10, 14))).toEqual({ 'M10 reads per Task': { mean: 12, spread: 4, limit: 20 } })
})

test.each([
  { name: 'at the limit', values: [14.4], want: [] },
  { name: 'above it', values: [14.5], want: ['M10 reads per Task is 14.5, above 14.4 (it was 12)'] },
])('$name', ({ values, want }) => expect(beyond(lines(...values), ranges)).toEqual(want))

test('what was never recorded is said', () => {
  expect(beyond(linesOf([{ id: 'quiet', what: 'writes', unit: '', value: 0 }]), ranges)).toEqual([
    'quiet writes has no range; record it with npm run bench -- --only M10,quiet --record',
  ])
})
