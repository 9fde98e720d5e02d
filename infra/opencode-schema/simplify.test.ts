// oxlint-disable unicorn/no-thenable -- `then` is a keyword of JSON Schema
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mockModelConfig } from '../local/mock-model.ts'
import { meddled } from '../../webhooks/samples/meddled.ts'
import type { Schema, Schemas } from './simplify.ts'
import { simplified } from './simplify.ts'
import { pinnedVersion } from './version.ts'

const { version, schemas } = JSON.parse(readFileSync(join(import.meta.dirname, 'schema.json'), 'utf8')) as {
  version: string
  schemas: Schemas
}

test('the schema is that of the OpenCode we are pinned to: npm run generate:opencode', async () => {
  expect(version).toBe(await pinnedVersion())
})

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })
const text: Schema = { type: 'string' }
const onOff: Schema = { type: 'boolean' }
const side = (kind: string, field: string): Schema => ({
  type: 'object',
  properties: { type: { type: 'string', enum: [kind] }, [field]: text },
  required: ['type', field],
})

describe('unions', () => {
  const cases: { name: string; given: Schema; want: Schema }[] = [
    { name: 'of plain types', given: { anyOf: [text, onOff] }, want: { type: ['string', 'boolean'] } },
    {
      name: 'with a rule on one side',
      given: {
        anyOf: [
          { type: 'integer', minimum: 1 },
          { type: 'boolean', enum: [false] },
        ],
      },
      want: {
        type: ['integer', 'boolean'],
        allOf: [
          { if: { type: 'integer' }, then: { minimum: 1 } },
          { if: { type: 'boolean' }, then: { enum: [false] } },
        ],
      },
    },
    {
      name: 'of words and any text',
      given: { anyOf: [{ type: 'string', enum: ['a'] }, text] },
      want: { type: ['string'] },
    },
    {
      name: 'of words and a pattern',
      given: {
        anyOf: [
          { type: 'string', enum: ['a', 'b'] },
          { type: 'string', pattern: '^#.$' },
        ],
      },
      want: { type: ['string'], allOf: [{ if: { type: 'string' }, then: { pattern: '^a$|^b$|^#.$' } }] },
    },
  ]
  test.each(cases)('$name', ({ given, want }) => expect(simplified({ A: given })['A']).toEqual(want))

  test('of objects that one field tells apart: the others’ fields are not asked for', () => {
    const ajv = new Ajv2020({
      allErrors: true,
      strict: false,
      schemas: [
        { $id: 'x', $ref: '#/$defs/A', $defs: simplified({ A: { anyOf: [side('l', 'cmd'), side('r', 'url')] } }) },
      ],
    })
    const faults = (value: unknown) => {
      void ajv.validate('x', value)
      return (ajv.errors ?? [])
        .filter(({ keyword }) => keyword !== 'if')
        .map(({ params }) => params['missingProperty'] ?? params)
    }
    expect(faults({ type: 'l' })).toEqual(['cmd'])
    expect(faults({ type: 'r' })).toEqual(['url'])
    expect(faults({})).toEqual(['type'])
    expect(faults({ type: 'x' })).toEqual([{ allowedValues: ['l', 'r'] }])
  })

  test('what it does not understand is not dropped in silence', () => {
    expect(() => simplified({ A: { anyOf: [{}, text] } })).toThrow('has no type')
    expect(() => simplified({ A: { anyOf: [{ type: 'array' }, { type: 'array', items: text }] } })).toThrow(
      'type array',
    )
    expect(() => simplified({ A: { anyOf: [ref('B')] } })).toThrow('#/components/schemas/B is not among')
  })
})

const samples = [
  mockModelConfig('http://model/v1'),
  { permission: { edit: 'ask', bash: { 'git *': 'allow' }, todowrite: 'deny' }, share: 'manual', autoupdate: 'notify' },
  {
    mcp: {
      a: { type: 'local', command: ['x'] },
      b: { type: 'remote', url: 'u', oauth: { scope: 's' } },
      c: { enabled: true },
    },
  },
  { lsp: { a: { disabled: true }, b: { command: ['x'], env: { A: 'b' } } }, formatter: { a: { command: ['x'] } } },
  { agent: { build: { color: '#00ff00', steps: 3, mode: 'all' }, x: { permission: 'ask' } }, plugin: ['a', ['b', {}]] },
  { references: { a: 'x', b: { repository: 'r' }, c: { path: 'p' } }, server: { port: 1 }, logLevel: 'INFO' },
]

test('the simple schemas say yes and no where the given ones do', () => {
  const ajv = new Ajv2020({
    strict: false,
    schemas: [
      { $id: 'given', $ref: '#/components/schemas/Config', components: { schemas } },
      { $id: 'simple', $ref: '#/$defs/Config', $defs: simplified(schemas) },
    ],
  })
  const verdicts = { yes: 0, no: 0 }
  fc.assert(
    fc.property(fc.constantFrom(...samples).chain(meddled), (config) => {
      const isGood = ajv.validate('given', config)
      verdicts[isGood ? 'yes' : 'no'] += 1
      expect(ajv.validate('simple', config)).toBe(isGood)
    }),
    { numRuns: 3000 },
  )
  expect(Math.min(verdicts.yes, verdicts.no)).toBeGreaterThan(100)
})
