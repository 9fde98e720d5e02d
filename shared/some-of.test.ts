import { expect, test } from 'vitest'
import { someOf } from './some-of.ts'

test.each([
  { names: ['a'], text: 'a' },
  { names: ['a', 'b', 'c'], text: 'a, b, c' },
  { names: ['a', 'b', 'c', 'd', 'e'], text: 'a, b, c and 2 more' },
])('$names', ({ names, text }) => expect(someOf(names)).toBe(text))
