import { describe, expect, test } from 'vitest'
import { kinds } from '../../crds/kinds.ts'
import { annotations, labels } from '../../crds/names.ts'
import { cell, code, constraintsOf, typeOf } from './reference/constraints.ts'
import { conditions, reasons } from './reference/words.ts'
import { reference } from './reference.ts'

const pages = reference()
const contentOf = (name: string): string => pages.find(({ path }) => path.endsWith(`/${name}.md`))?.content ?? ''

test('each kind has a page, and one page holds what they share', () => {
  expect(pages.map(({ path }) => path)).toEqual(
    ['README', ...kinds.map(({ singular }) => singular)].map((name) => `docs/reference/${name}.md`),
  )
})

test.each(kinds.map(({ kind }) => kind))('the conditions of %s name each of its reasons, and no others', (kind) => {
  const named = new Set(Object.values<{ reasons: readonly string[] }>(conditions[kind]).flatMap((each) => each.reasons))
  expect([...named].toSorted()).toEqual([...reasons[kind]].toSorted())
})

test('every label and annotation is told', () => {
  const index = contentOf('README')
  for (const name of [...Object.values(labels), ...Object.values(annotations)])
    expect(index).toContain(`| \`${name}\` |`)
})

test('fields are told with type, default and rules, however deep they lie', () => {
  const agent = contentOf('agent')
  expect(agent).toMatch(/\| `spec\.workspaceDir` \| string \| {2}\| .*must be an absolute path/)
  expect(agent).toMatch(
    /\| `spec\.contexts\[\]\.git\.sync\.policy` \| string \| `"HotReload"` \| .*one of `HotReload`, `Rollout`/,
  )
  expect(agent).toMatch(/\| `spec\.contexts\[\]\.git\.repository` \| string \| required \|/)
})

describe('what holds of a value', () => {
  const cases = [
    { name: 'both bounds', node: { type: 'integer', minimum: 60, maximum: 86400 }, want: ['60 to 86,400'] },
    {
      name: 'the widest int32 is none',
      node: { type: 'integer', minimum: 0, maximum: 2 ** 31 - 1 },
      want: ['at least 0'],
    },
    { name: 'words', node: { type: 'string', enum: ['a', 'b'] }, want: ['one of `a`, `b`'] },
    {
      name: 'a rule in its own words',
      node: { type: 'string', 'x-kubernetes-validations': [{ rule: 'self != ""', message: 'a | b' }] },
      want: ['a \\| b'],
    },
    {
      name: 'of a list and of its items',
      node: { type: 'array', maxItems: 2, items: { type: 'string', maxLength: 9 } },
      want: ['at most 2 items', 'each: at most 9 characters'],
    },
  ]
  test.each(cases)('$name', ({ node, want }) => expect(constraintsOf(node)).toEqual(want))
})

test('types are those of kubectl explain', () => {
  expect(typeOf({ type: 'array', items: { type: 'integer', format: 'int64' } })).toBe('list of int64')
  expect(typeOf({ 'x-kubernetes-preserve-unknown-fields': true })).toBe('anything')
})

test('text cannot leave its cell', () => {
  expect(cell('a|b\n<c>')).toBe('a\\|b &lt;c>')
  expect(code('`|`')).toBe('`` `\\|` ``')
})
