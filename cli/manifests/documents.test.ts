import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { fieldOf } from '../../shared/field-path.ts'
import { documentsOf, keysOf } from './documents.ts'

test('a field leads back to its keys', () => {
  const name = fc.stringMatching(/^[A-Za-z_][\w-]{0,20}$/)
  const odd = fc.stringMatching(/^[a-z]{1,10}[./][a-z]{1,10}$/)
  const path = fc.array(fc.oneof(name, odd, fc.nat(99)), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(path, (keys) => {
      expect(keysOf(fieldOf(keys))).toEqual(keys)
    }),
  )
})

test('whatever stands in a file, it is read or told, at a place in it', () => {
  const bits = fc.constantFrom(
    'a: ',
    '- ',
    '\n',
    '  ',
    '[',
    '}',
    '"',
    '&x ',
    '*x',
    '---\n',
    '!!binary ',
    '? ',
    'é',
    '\t',
    '#',
  )
  fc.assert(
    fc.property(fc.array(bits, { maxLength: 40 }), (parts) => {
      const text = parts.join('')
      const { objects, faults } = documentsOf({ name: 'f', text })
      const lines = text.split('\n').length
      for (const { position } of faults) expect(position.line).toBeLessThanOrEqual(lines)
      for (const { positionOf } of objects) expect(positionOf('spec.a[0]').line).toBeLessThanOrEqual(lines)
    }),
  )
})
