import fc from 'fast-check'
import { expect, test } from 'vitest'
import { changedFilesOf, entriesOf, todosOf } from './transcript.ts'

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
    { key: 'm2/2', kind: 'tool', text: 'npm test', tool: { name: 'bash', status: 'completed', output: '3 passed' } },
    { key: 'm2/3', kind: 'tool', text: '/a', tool: { name: 'bash', status: 'error', output: 'no such file' } },
    { key: 'm2/4', kind: 'said', text: 'They pass.' },
    { key: 'm2/error', kind: 'failed', text: 'no credit left' },
  ])
})

test('a list of things to do and of changed files is read as far as it is one', () => {
  expect(todosOf([{ content: 'Fix it', status: 'in_progress' }, { content: 'Test it' }, 7])).toEqual([
    { text: 'Fix it', state: 'in_progress' },
    { text: 'Test it', state: 'pending' },
  ])
  expect(changedFilesOf([{ file: 'a.ts', additions: 2, deletions: 1 }, {}])).toEqual([
    { file: 'a.ts', additions: 2, deletions: 1 },
  ])
  expect(changedFilesOf('<html>')).toEqual([])
})

test('whatever a server answers, a page can show it', () => {
  fc.assert(
    fc.property(fc.array(fc.anything()), (answer) => {
      for (const { text } of [...entriesOf(answer), ...todosOf(answer)]) expect(typeof text).toBe('string')
    }),
  )
})
