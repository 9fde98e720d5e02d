import { expect, test } from 'vitest'
import { answers } from './answers.ts'
import { blocksOf, isGuide, pages } from './markdown.ts'
import { programsNotRun, reasonNotToRun, statementsNotRun } from './not-run.ts'
import { commandsOf } from './shell.ts'
import { statementsOf } from './statements.ts'

const block = (text: string) => ({ page: 'a.md', line: 5, language: 'sh', text })
const at = (line: number, text: string, key = text) => ({ page: 'a.md', line, text, key })

const cases = [
  { name: 'a line each', text: 'a b\nc\n', want: [at(6, 'a b'), at(7, 'c')] },
  { name: 'without remarks and gaps', text: '# d\na  # b\n\nc\n', want: [at(7, 'a  # b', 'a'), at(9, 'c')] },
  { name: 'lines that go on', text: 'a \\\n  b\nc |\n d\n', want: [at(6, 'a \\\n  b'), at(8, 'c |\n d')] },
  { name: 'quotes', text: "a 'b\nc'\nd\n", want: [at(6, "a 'b\nc'"), at(8, 'd')] },
  { name: 'here-documents', text: "a <<'X'\nb\nX\nc\n", want: [at(6, "a <<'X'\nb\nX"), at(9, 'c')] },
  { name: 'what is only set', text: 'A=b  # c\n', want: [at(6, 'A=b  # c', 'A=b')] },
]
test.each(cases)('$name', ({ text, want }) => expect(statementsOf(block(text))).toEqual(want))

test('what stays open is told with its place', () => {
  expect(() => statementsOf(block('a "b\n'))).toThrow('a.md:5: a statement stays open: a "b')
})

const statements = pages()
  .filter(isGuide)
  .flatMap(blocksOf)
  .filter(({ language }) => language === 'sh')
  .flatMap(statementsOf)
const keys = new Set(statements.map(({ key }) => key))
const isLeft = (key: string): boolean => !keys.has(key)

test('most statements of the docs are run', () => {
  const run = statements.filter((statement) => reasonNotToRun(statement) === undefined)
  expect(run.length / statements.length).toBeGreaterThan(0.7)
})

/** An entry that the docs have left behind would let another statement through one day. */
test('every entry of the tables stands in the docs', () => {
  const programs = new Set(statements.flatMap(({ text }) => commandsOf(text)).map(({ words }) => words[0]))
  expect(Object.keys(programsNotRun).filter((program) => !programs.has(program))).toEqual([])
  expect(statementsNotRun.flatMap((entry) => entry.keys).filter(isLeft)).toEqual([])
  expect(answers.map(({ key }) => key).filter(isLeft)).toEqual([])
})
