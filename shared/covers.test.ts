import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { covers, quantity } from './covers.ts'

describe('quantity', () => {
  const cases: [text: string, want: number | undefined][] = [
    ['1', 1],
    ['1Gi', 2 ** 30],
    ['1024Mi', 2 ** 30],
    ['1500m', 1.5],
    ['1.5', 1.5],
    ['1.', 1],
    ['1e3', 1000],
    ['2E', 2e18],
    ['-3k', -3000],
    ['.5', 0.5],
    ['', undefined],
    ['Gi', undefined],
    ['1GiB', undefined],
    ['1 Gi', undefined],
    ['one', undefined],
  ]
  test.each(cases)('%j is %j', (text, want) => expect(quantity(text)).toBe(want))
})

describe('covers', () => {
  const cases = [
    { name: 'an equal leaf', actual: 'a', wanted: 'a', want: true },
    { name: 'another leaf', actual: 'a', wanted: 'b', want: false },
    { name: 'fields of other people', actual: { a: 1, b: 2 }, wanted: { a: 1 }, want: true },
    { name: 'a missing field', actual: { b: 2 }, wanted: { a: 1 }, want: false },
    { name: 'a field that is not wanted at all', actual: {}, wanted: { a: undefined }, want: true },
    { name: 'the same quantity written otherwise', actual: '1Gi', wanted: '1024Mi', want: true },
    { name: 'a number stored as text', actual: '1', wanted: 1, want: true },
    { name: 'another quantity', actual: '1Gi', wanted: '1G', want: false },
    { name: 'false is not 0', actual: 0, wanted: false, want: false },
    { name: 'an empty object left out', actual: undefined, wanted: {}, want: true },
    { name: 'an empty list left out', actual: undefined, wanted: [], want: true },
    { name: 'a list that should be empty', actual: ['a'], wanted: [], want: false },
    { name: 'plain values in their order', actual: ['a', 'b'], wanted: ['b', 'a'], want: false },
    { name: 'one plain value too many', actual: ['a', 'b'], wanted: ['a'], want: false },
    {
      name: 'defaults inside of a named item',
      actual: [{ name: 'http', port: 80, protocol: 'TCP' }],
      wanted: [{ name: 'http', port: 80 }],
      want: true,
    },
    {
      name: 'a named item that a mutating webhook added',
      actual: [{ name: 'proxy' }, { name: 'agent', image: 'a' }],
      wanted: [{ name: 'agent', image: 'a' }],
      want: true,
    },
    {
      name: 'a named item that was changed',
      actual: [{ name: 'proxy' }, { name: 'agent', image: 'b' }],
      wanted: [{ name: 'agent', image: 'a' }],
      want: false,
    },
    { name: 'a named item that is gone', actual: [{ name: 'proxy' }], wanted: [{ name: 'agent' }], want: false },
    { name: 'an object where text is wanted', actual: {}, wanted: 'a', want: false },
    { name: 'text where an object is wanted', actual: 'a', wanted: { a: 1 }, want: false },
  ]
  test.each(cases)('$name: $want', ({ actual, wanted, want }) => expect(covers(actual, wanted)).toBe(want))

  test('everything covers itself, and still does with more fields', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const stored = JSON.parse(JSON.stringify(object)) as object
        expect(covers(stored, object)).toBe(true)
        expect(covers({ ...stored, 'added by others': 1 }, object)).toBe(true)
      }),
    )
  })
})
