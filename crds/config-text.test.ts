import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { configObject, withoutBareVariables } from './config-text.ts'

describe('what a configuration text says', () => {
  const cases: { name: string; text: string; want: unknown }[] = [
    { name: 'an object', text: '{"a": 1}', want: { a: 1 } },
    { name: 'a variable in quotes stays what it is', text: '{"a": "{env:A}"}', want: { a: '{env:A}' } },
    { name: 'a variable outside of quotes', text: '{"a": {env:A}}', want: { a: '\uE000nv:A' } },
    { name: 'a file outside of quotes', text: '{"a": {file:~/x.json}}', want: { a: '\uE000ile:~/x.json' } },
    { name: 'a variable after an escaped quote', text: '{"a": "\\"{env:A}"}', want: { a: '"{env:A}' } },
    { name: 'a list', text: '[]', want: undefined },
    { name: 'null', text: 'null', want: undefined },
    { name: 'nothing', text: '', want: undefined },
    { name: 'a variable alone', text: '{env:A}', want: undefined },
    { name: 'no JSON', text: '{"a": }', want: undefined },
  ]
  test.each(cases)('$name', ({ text, want }) => expect(configObject(text)).toEqual(want))
})

test('whatever is JSON stays as it is', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(withoutBareVariables(text)).toBe(text)
    }),
  )
})

test('every character keeps its place', () => {
  const part = fc.oneof(fc.string(), fc.constantFrom('{env:A}', '{file:a b}', '"', '\\', '{', '}'))
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const text = parts.join('')
      expect(withoutBareVariables(text)).toHaveLength(text.length)
    }),
  )
})
