import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { placesIn, whereJsonBreaks } from './json-text.ts'

describe('whereJsonBreaks', () => {
  const cases = [
    {
      name: 'a missing comma',
      text: '{\n  "model": "a"\n  "port": 1\n}',
      want: "line 3, column 3: expected ',' or '}'",
    },
    { name: 'a comma too many', text: '{"a": 1,}', want: 'line 1, column 9: expected a name in double quotes' },
    { name: 'a comma too many in a list', text: '[1,]', want: 'line 1, column 4: expected a value' },
    {
      name: 'a name without quotes',
      text: '{model: 1}',
      want: "line 1, column 2: expected a name in double quotes or '}'",
    },
    { name: 'single quotes', text: "{'a': 1}", want: "line 1, column 2: expected a name in double quotes or '}'" },
    {
      name: 'an end too early',
      text: '{"a": [1, 2',
      want: "line 1, column 12: expected ',' or ']', but the text ends here",
    },
    { name: 'nothing', text: ' ', want: 'line 1, column 2: expected a value, but the text ends here' },
    { name: 'a comment', text: '{ // no\n}', want: "line 1, column 3: expected a name in double quotes or '}'" },
    { name: 'an open string', text: '{"a": "b}', want: 'line 1, column 7: expected a value' },
    { name: 'two values', text: '{} {}', want: 'line 1, column 4: expected nothing more' },
    { name: 'a word', text: 'nullish', want: 'line 1, column 1: expected a value' },
    { name: 'a list closed as an object', text: '[1}', want: "line 1, column 3: expected ',' or ']'" },
    { name: 'JSON', text: ' {"a": [1, -2.5e3, true, null, "\\u00e9", {}], "b": []}\n', want: undefined },
  ]
  test.each(cases)('$name', ({ text, want }) => expect(whereJsonBreaks(text)).toBe(want))

  const isJson = (text: string): boolean => {
    try {
      JSON.parse(text)
      return true
    } catch {
      return false
    }
  }

  test('agrees with JSON.parse about texts that were cut and pasted', () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.nat(),
        fc.nat(),
        fc.constantFrom('', ',', '}', '"', '1', ' ', 'x'),
        (text, at, cut, put) => {
          const start = at % (text.length + 1)
          const broken = text.slice(0, start) + put + text.slice(start + (cut % 3))
          expect(whereJsonBreaks(broken) === undefined).toBe(isJson(broken))
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('reads a hundred thousand brackets', () => {
    expect(whereJsonBreaks('['.repeat(100_000))).toContain('but the text ends here')
  })
})

describe('places of values', () => {
  const text = '{\n  "a": [1, {"b": "]"}],\n  "c.d": {"e": null,\n   "f": [[], [7]]}\n}'
  const cases: { path: (string | number)[]; want: string }[] = [
    { path: [], want: 'line 1, column 1' },
    { path: ['a'], want: 'line 2, column 8' },
    { path: ['a', 0], want: 'line 2, column 9' },
    { path: ['a', 1, 'b'], want: 'line 2, column 18' },
    { path: ['c.d', 'e'], want: 'line 3, column 16' },
    { path: ['c.d', 'f', 1, 0], want: 'line 4, column 15' },
    { path: ['c.d', 'missing', 'further'], want: 'line 3, column 10' },
  ]
  test.each(cases)('$path', ({ path, want }) => expect(placesIn(text, [path])).toEqual([want]))

  test('every value of any JSON is found where it stands', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), fc.nat(4), (values, indent) => {
        const text = JSON.stringify(values, null, indent)
        const paths = values.map((_, index) => [index])
        for (const [index, place] of placesIn(text, paths).entries()) {
          const [, line, column] = /^line (\d+), column (\d+)$/.exec(place) ?? []
          const rest = text
            .split('\n')
            .slice(Number(line) - 1)
            .join('\n')
            .slice(Number(column) - 1)
          expect(rest.startsWith(JSON.stringify(values[index]).slice(0, 1))).toBe(true)
        }
      }),
    )
  })
})
