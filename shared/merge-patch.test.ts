import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSame, lostOf, mergePatch } from './merge-patch.ts'

/** RFC 7386, section 2, as the apiserver carries it out. */
const apply = (target: unknown, patch: unknown): unknown => {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const result: Record<string, unknown> =
    typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = apply(result[key], value)
  }
  return result
}

describe('mergePatch', () => {
  const cases = [
    { name: 'nothing differs', from: { a: 1, b: [1, { c: 2 }] }, to: { b: [1, { c: 2 }], a: 1 }, want: undefined },
    { name: 'an undefined member is an absent one', from: {}, to: { a: undefined }, want: undefined },
    { name: 'a new member', from: {}, to: { a: 1 }, want: { a: 1 } },
    { name: 'a member that goes', from: { a: 1, b: 2 }, to: { b: 2 }, want: { a: null } },
    { name: 'inside of an object', from: { a: { b: 1, c: 2 } }, to: { a: { b: 1 } }, want: { a: { c: null } } },
    { name: 'a list is replaced whole', from: { a: [1, 2] }, to: { a: [1, 3] }, want: { a: [1, 3] } },
    { name: 'an object takes the place of a text', from: { a: 'b' }, to: { a: { c: 1 } }, want: { a: { c: 1 } } },
    { name: 'a list takes the place of an object', from: { a: { b: 1 } }, to: { a: [] }, want: { a: [] } },
  ]
  test.each(cases)('$name', ({ from, to, want }) => expect(mergePatch(from, to)).toEqual(want))

  // A merge patch cannot write null, and Kubernetes drops it: no status of ours has one.
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { depthSize: 'small' },
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('json')),
    ),
  }))
  const object = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), json)

  test('applied to where it came from it gives the target', () => {
    fc.assert(
      fc.property(object, object, (from, to) => {
        expect(apply(from, mergePatch(from, to) ?? {})).toEqual(to)
      }),
      { numRuns: 1000 },
    )
  })

  test('is undefined exactly where nothing differs', () => {
    fc.assert(
      fc.property(object, object, (from, to) => {
        expect(mergePatch(from, to) === undefined).toBe(isSame(from, to))
      }),
      { numRuns: 1000 },
    )
  })
})

describe('lostOf', () => {
  const cases = [
    { name: 'what is there', patch: { a: 1, b: { c: [] } }, result: { a: 1, b: { c: [] }, d: 2 }, want: [] },
    { name: 'what is taken away', patch: { a: null, b: { c: null } }, result: {}, want: ['s.b'] },
    { name: 'another value is a value', patch: { a: 1 }, result: { a: 2 }, want: [] },
    { name: 'a member', patch: { a: 1, b: { c: false, d: 0 } }, result: { b: { d: 0 } }, want: ['s.a', 's.b.c'] },
    { name: 'of each item', patch: { a: [{ b: 1 }, { b: 2 }] }, result: { a: [{}, { b: 2 }] }, want: ['s.a[].b'] },
    { name: 'an item', patch: { a: [{ b: 1 }] }, result: { a: [] }, want: ['s.a[]'] },
  ]
  test.each(cases)('$name', ({ patch, result, want }) => expect(lostOf(patch, result, 's')).toEqual(want))
})

test('isSame ignores the order of keys and heeds the order of lists', () => {
  expect(isSame({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true)
  expect(isSame([1, 2], [2, 1])).toBe(false)
  expect(isSame({}, [])).toBe(false)
  expect(isSame(undefined, null)).toBe(false)
})
