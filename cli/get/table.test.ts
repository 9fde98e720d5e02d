import { describe, expect, test } from 'vitest'
import { aligned, tableLines } from './table.ts'
import type { Look, Table } from './table.ts'

const look: Look = { isWide: false, hasNamespace: false, hasHeader: true, prefix: '' }
const table = (...rows: readonly (readonly unknown[])[]): Table => ({
  columnDefinitions: [
    { name: 'Name', priority: 0 },
    { name: 'Phase', priority: 0 },
    { name: 'Pod', priority: 1 },
    { name: 'Age', priority: 0 },
  ],
  rows: rows.map((cells) => ({ cells, object: { metadata: { name: String(cells[0]), namespace: 'demo' } } })),
})

describe('tableLines', () => {
  const cases = [
    { name: 'columns of priority 0', table: table(['fix', 'Running', 'fix-pod', '3m']), look, want: ['NAME   PHASE     AGE', 'fix    Running   3m'] },
    { name: 'wide', table: table(['fix', 'Running', 'fix-pod', '3m']), look: { ...look, isWide: true }, want: ['NAME   PHASE     POD       AGE', 'fix    Running   fix-pod   3m'] },
    { name: 'with namespace and prefix', table: table(['fix', 'Running', '', '3m']), look: { ...look, hasNamespace: true, prefix: 'task.x/' }, want: ['NAMESPACE   NAME         PHASE     AGE', 'demo        task.x/fix   Running   3m'] },
    { name: 'what is not there is blank', table: table(['fix', null, '', '3m']), look, want: ['NAME   PHASE   AGE', 'fix            3m'] },
    { name: 'no header', table: table(['fix', 'Running', '', '3m']), look: { ...look, hasHeader: false }, want: ['fix   Running   3m'] },
    { name: 'a text ends with its line', table: table(['fix', 'two\nlines', '', '3m']), look, want: ['NAME   PHASE    AGE', 'fix    two...   3m'] },
    { name: 'a terminal is told nothing', table: table(['fix', '\u001B[31mred', '', '3m']), look, want: ['NAME   PHASE      AGE', 'fix     [31mred   3m'] },
    { name: 'numbers and truth', table: table(['fix', 3, '', true]), look, want: ['NAME   PHASE   AGE', 'fix    3       true'] },
  ] // prettier-ignore
  test.each(cases)('$name', ({ table: given, look: with_, want }) => expect(tableLines(given, with_)).toEqual(want))
})

test('letters of two columns take two', () => {
  expect(
    aligned([
      ['日本', 'x'],
      ['abcd', 'x'],
    ]),
  ).toEqual(['日本   x', 'abcd   x'])
})

test('later lines stand below the first ones', () => {
  const widths: number[] = []
  aligned([['a-long-name', 'x']], widths)
  expect(aligned([['short', 'x']], widths)).toEqual([`short${' '.repeat(9)}x`])
})
