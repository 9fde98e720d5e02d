import { expect, test } from 'vitest'
import { withFigures } from './guide.ts'
import { linesOf } from './table.ts'

const page = 'Before.\n\n<!-- figures: npm run bench -- --write -->\nold\n<!-- end of the figures -->\n\nAfter.\n'
const lines = linesOf([{ id: 'M2', what: 'apply → Pod, p50', unit: 'ms', value: 30, goal: { atMost: 25 } }])

test('the figures of a page are replaced, and nothing else', () => {
  expect(withFigures(page, lines, 'On this machine.')).toBe(`Before.

<!-- figures: npm run bench -- --write -->
On this machine.

|  | measurement | median | range | goal |  |
| --- | --- | --- | --- | --- | --- |
| M2 | apply → Pod, p50 | 30 ms |  | ≤ 25 | LOST |
<!-- end of the figures -->

After.
`)
})

test('a page without a place for them is not written over', () => {
  expect(() => withFigures('Something else.', lines, '')).toThrow('no place')
})
