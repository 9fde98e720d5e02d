import fc from 'fast-check'
import { expect, test } from 'vitest'
import { changesIn, diffLines } from './diff.ts'

const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 }).map((lines) => lines.join('\n'))

test('a difference holds both texts, whole and in order', () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = diffLines(before, after)
      const of = (sign: string) =>
        lines
          .filter((line) => line.sign === ' ' || line.sign === sign)
          .map((line) => line.text)
          .join('\n')
      expect([of('-'), of('+')]).toEqual([before, after])
    }),
  )
})

test('what stays is said once, and only near what changes', () => {
  const lines = diffLines('1\n2\n3\n4\n5\n6', '1\n2\n3\n4\nfive\n6')
  expect(changesIn(lines, 1)).toEqual([
    { sign: ' ', text: '4' },
    { sign: '-', text: '5' },
    { sign: '+', text: 'five' },
    { sign: ' ', text: '6' },
  ])
  expect(changesIn(diffLines('a\nb', 'a\nb'))).toBeUndefined()
})
