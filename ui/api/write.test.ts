import { expect, test } from 'vitest'
import { warningsIn } from './write.ts'

test('warnings of admission are read out of their header, one by one', () => {
  expect(warningsIn(null)).toEqual([])
  expect(warningsIn('299 - "no Agent \\"coder\\" yet", 299 - "a clear, short one"')).toEqual([
    'no Agent "coder" yet',
    'a clear, short one',
  ])
})
