import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { withRules } from './rules.ts'
import { IntOrString, Quantity } from './scalars.ts'
import { toStructural } from './structural.ts'

describe('toStructural says', () => {
  const cases = [
    {
      name: 'a text with bounds',
      schema: z.string().min(1).max(5),
      want: { type: 'string', minLength: 1, maxLength: 5 },
    },
    { name: 'an integer', schema: z.int(), want: { type: 'integer', format: 'int64' } },
    {
      name: 'a port',
      schema: z.int32().min(1).max(9),
      want: { type: 'integer', format: 'int32', minimum: 1, maximum: 9 },
    },
    {
      name: 'an object: unset fields, defaults and what is required',
      schema: z.object({ a: z.boolean(), b: z.boolean().exactOptional(), c: z.boolean().default(true) }),
      want: {
        type: 'object',
        properties: { a: { type: 'boolean' }, b: { type: 'boolean' }, c: { type: 'boolean', default: true } },
        required: ['a'],
      },
    },
    {
      name: 'a map',
      schema: z.record(z.string(), z.string()),
      want: { type: 'object', additionalProperties: { type: 'string' } },
    },
    {
      name: 'a number or a name',
      schema: IntOrString,
      want: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
    },
    {
      name: 'anything',
      schema: z.unknown().meta({ 'x-kubernetes-preserve-unknown-fields': true }),
      want: { 'x-kubernetes-preserve-unknown-fields': true },
    },
    {
      name: 'a rule of two engines',
      schema: withRules(z.string(), { rule: "self == 'a'", message: 'must be a', holds: (text) => text === 'a' }),
      want: { type: 'string', 'x-kubernetes-validations': [{ rule: "self == 'a'", message: 'must be a' }] },
    },
  ]
  test.each(cases)('$name', ({ schema, want }) => expect(toStructural(schema)).toEqual(want))

  test('the pattern of a quantity for its text', () => {
    expect(toStructural(Quantity)).toMatchObject({
      'x-kubernetes-int-or-string': true,
      maxLength: 64,
      pattern: expect.stringContaining('[KMGTPE]i'),
    })
  })
})

describe('toStructural refuses', () => {
  const cases = [
    { name: 'a field of any type', schema: z.object({ a: z.unknown() }), why: '.a: no type' },
    { name: 'a union', schema: z.object({ a: z.union([z.string(), z.boolean()]) }), why: '.a: anyOf cannot be said' },
    {
      name: 'a union of objects',
      schema: z.object({
        a: z.discriminatedUnion('t', [z.object({ t: z.literal('x') }), z.object({ t: z.literal('y') })]),
      }),
      why: '.a: oneOf cannot be said',
    },
    { name: 'a tuple', schema: z.object({ a: z.array(z.tuple([z.string()])) }), why: '.a[]' },
    { name: 'a closed object', schema: z.object({ a: z.strictObject({}) }), why: '.a: an object has either' },
    { name: 'an open object', schema: z.object({ a: z.looseObject({}) }), why: '.a: an object has either' },
    { name: 'null', schema: z.object({ a: z.string().nullable() }), why: '.a: nullable cannot be said' },
    { name: 'a fraction', schema: z.object({ a: z.number() }), why: '.a: type number' },
    { name: 'a date', schema: z.object({ a: z.date() }), why: 'Date cannot be represented' },
    {
      name: 'keys with a rule',
      schema: z.record(z.string().max(3), z.string()),
      why: 'the keys of a map can have no rule',
    },
    { name: 'lookahead', schema: z.object({ a: z.string().regex(/^(?!x)/) }), why: '(?!' },
    { name: 'lookbehind', schema: z.string().regex(/(?<=x)y/), why: '(?<' },
    { name: 'a backreference', schema: z.string().regex(/(a)\1/), why: '\\1' },
    {
      name: 'a pattern with flags',
      schema: z.object({ a: z.string().regex(/a/i) }),
      why: '.a: pattern /a/i has flags',
    },
    { name: 'two patterns', schema: z.string().regex(/a/).regex(/b/), why: 'allOf cannot be said' },
  ]
  test.each(cases)('$name', ({ schema, why }) => expect(() => toStructural(schema)).toThrow(why))
})
