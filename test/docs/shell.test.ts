import { expect, test } from 'vitest'
import { anchorsOf, blocksOf, linksOf } from './markdown.ts'
import { commandsOf } from './shell.ts'

const cases = [
  { name: 'quotes and comments', script: `a "b c" 'd # e' f#g # h\n# i`, want: [['a', 'b c', 'd # e', 'f#g']] },
  { name: 'lists and pipes', script: 'a && b | c; d &\ne', want: [['a'], ['b'], ['c'], ['d'], ['e']] },
  { name: 'lines that go on', script: 'a \\\n  b', want: [['a', 'b']] },
  { name: 'what is set before a program', script: 'X=1 a b', want: [['a', 'b']] },
  {
    name: 'substitutions come first',
    script: 'X=$(a b)\nc "d $(e "f)") g"',
    want: [
      ['a', 'b'],
      ['e', 'f)'],
      ['c', 'd $ g'],
    ],
  },
  { name: 'a subshell', script: '(umask 077; a > b)', want: [['umask', '077'], ['a']] },
  { name: 'redirections are no words', script: 'a < b > c 2>&1 d 2> e', want: [['a', 'd']] },
  {
    name: 'a process in the place of a file',
    script: 'source <(a b)',
    want: [
      ['a', 'b'],
      ['source', '$'],
    ],
  },
]
test.each(cases)('$name', ({ script, want }) => expect(commandsOf(script).map(({ words }) => words)).toEqual(want))

test('a here-document is what its command reads', () => {
  expect(commandsOf("a -f - <<'EOF'\nkind: b\nEOF\nc")).toEqual([
    { words: ['a', '-f', '-'], input: 'kind: b\n' },
    { words: ['c'] },
  ])
})

test('what stays open is no script', () => {
  expect(() => commandsOf('a "b')).toThrow('a " stays open')
  expect(() => commandsOf('a $(b')).toThrow('no ) closes')
  expect(() => commandsOf('a <<X\nb')).toThrow('X ends no here-document')
})

test('blocks know their line and language, links and headings are not looked for in code', () => {
  const page = { path: 'a.md', text: '# A `b` & c\n\n[d](e.md#f) `[g](h)`\n\n```sh\n# i\n[j](k)\n```\n\n# A `b` & c\n' }
  expect(blocksOf(page)).toEqual([{ page: 'a.md', line: 5, language: 'sh', text: '# i\n[j](k)\n' }])
  expect(linksOf(page)).toEqual(['e.md#f'])
  expect([...anchorsOf(page)]).toEqual(['a-b--c', 'a-b--c-1'])
})
