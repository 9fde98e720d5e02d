import fc from 'fast-check'
import { expect, test } from 'vitest'
import { changedFilesOf, entriesOf, todosOf, updatedOf } from './transcript.ts'

const tool = (state: object) => ({ type: 'tool', tool: 'bash', callID: 'c', state })

test('a session reads as it happened: the prompt, what was said, thought and done, and how it failed', () => {
  const messages = [
    { info: { id: 'm1', role: 'user' }, parts: [{ type: 'text', text: 'Run the tests.' }, { type: 'text', text: 'for the model', synthetic: true }] },
    {
      info: { id: 'm2', role: 'assistant', error: { name: 'APIError', data: { message: 'no credit left' } } },
      parts: [
        { type: 'step-start' },
        { type: 'reasoning', text: 'npm, I guess' },
        tool({ status: 'completed', input: { command: 'npm test' }, output: '3 passed' }),
        tool({ status: 'error', input: { filePath: '/a' }, error: 'no such file' }),
        { type: 'text', text: 'They pass.' },
      ],
    },
  ] // prettier-ignore
  expect(entriesOf(messages)).toEqual([
    { key: 'm1/0', kind: 'asked', text: 'Run the tests.' },
    { key: 'm2/1', kind: 'thought', text: 'npm, I guess' },
    {
      key: 'm2/2',
      kind: 'tool',
      text: 'npm test',
      tool: { name: 'bash', status: 'completed', input: 'command: npm test', output: '3 passed' },
    },
    {
      key: 'm2/3',
      kind: 'tool',
      text: '/a',
      tool: { name: 'bash', status: 'error', input: 'filePath: /a', output: 'no such file' },
    },
    { key: 'm2/4', kind: 'said', text: 'They pass.' },
    { key: 'm2/error', kind: 'failed', text: 'no credit left' },
  ])
})

test('a call is told whole: each field, each line, and what was cut of a long one', () => {
  const called = (input: object) => entriesOf([{ info: { id: 'm' }, parts: [tool({ input })] }])[0]
  const script = called({ command: 'ls\nrm -rf build', timeout: 5 })
  expect(script?.text).toBe('ls ⏎ rm -rf build')
  expect(script?.tool?.input).toBe('command:\nls\nrm -rf build\ntimeout: 5')
  const edit = called({ filePath: '/a', oldString: 'one', newString: 'x'.repeat(30_000) })
  expect(edit?.text).toBe('/a')
  expect(edit?.tool?.input).toMatch(/^filePath: \/a\noldString: one\nnewString: x+\n… and 10039 characters more/)
})

test('a list of things to do and of changed files is read as far as it is one', () => {
  expect(todosOf([{ content: 'Fix it', status: 'in_progress' }, { content: 'Test it' }, 7])).toEqual([
    { text: 'Fix it', state: 'in_progress' },
    { text: 'Test it', state: 'pending' },
  ])
  expect(changedFilesOf([{ file: 'a.ts', additions: 2, deletions: 1 }, {}])).toEqual([
    { file: 'a.ts', additions: 2, deletions: 1, lines: [] },
  ])
  expect(changedFilesOf('<html>')).toEqual([])
})

test('what changed in a file is its hunks, without what names the file, and with nothing hidden in a line', () => {
  const patch = '--- a.ts\n+++ a.ts\n@@ -1,2 +1,2 @@\n const a = 1\n-const b = 2\n+const b = 3\u202E\n'
  const [changed] = changedFilesOf([{ file: 'a.ts', patch, additions: 1, deletions: 1 }])
  expect(changed?.lines).toEqual([
    { sign: ' ', text: '@@ -1,2 +1,2 @@' },
    { sign: ' ', text: 'const a = 1' },
    { sign: '-', text: 'const b = 2' },
    { sign: '+', text: 'const b = 3\uFFFD' },
  ])
  expect(changedFilesOf([{ file: 'a.png', patch: 'Binary files differ' }])[0]?.lines).toEqual([])
})

test('a session says when it last moved, where it says so', () => {
  expect(updatedOf({ id: 'ses_1', time: { created: 1, updated: 5 } })).toBe(5)
  for (const none of [undefined, '<html>', {}, { time: { updated: 'x' } }]) expect(updatedOf(none)).toBe(0)
})

test('whatever a server answers, a page can show it', () => {
  fc.assert(
    fc.property(fc.array(fc.anything()), (answer) => {
      for (const { text } of [...entriesOf(answer), ...todosOf(answer)]) expect(typeof text).toBe('string')
    }),
  )
})
