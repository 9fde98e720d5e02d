import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { hashOf } from './hash.ts'

test('hashOf is sixteen hex digits, the same for the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(hashOf(value)).toMatch(/^[0-9a-f]{16}$/)
      expect(hashOf(JSON.parse(JSON.stringify(value)))).toBe(hashOf(value))
    }),
  )
})

test('hashOf changes with any letter, and never with the machine', () => {
  expect(hashOf({ image: 'a:v1' })).not.toBe(hashOf({ image: 'a:v2' }))
  expect(hashOf(undefined)).toBe(hashOf(undefined))
  expect(hashOf('kubeopencode')).toBe('2b5a5325dc713ee9')
})
