import { describe, expect, test } from 'vitest'
import { createLinePrinter, type ServerEvent } from './lines.ts'

const message = (id: string, role = 'assistant'): ServerEvent => ({
  type: 'message.updated',
  properties: { info: { id, role } },
})
const part = (properties: object): ServerEvent => ({
  type: 'message.part.updated',
  properties: { part: { messageID: 'm', ...properties } },
})
const text = (words: string, end?: number): ServerEvent =>
  part({ id: 'p', type: 'text', text: words, ...(end && { time: { start: 1, end } }) })
const delta = (words: string, partID = 'p'): ServerEvent => ({
  type: 'message.part.delta',
  properties: { partID, field: 'text', delta: words },
})
const tool = (status: string, more: object = {}): ServerEvent =>
  part({ id: 't', type: 'tool', tool: 'bash', state: { status, input: { command: 'npm test' }, ...more } })

const print = (...events: readonly (ServerEvent | 'flush')[]): readonly string[] => {
  const lines: string[] = []
  const printer = createLinePrinter((line) => lines.push(line))
  for (const event of events) {
    if (event === 'flush') printer.flush()
    else printer.show(event)
  }
  return lines
}

describe('lines', () => {
  const cases: { name: string; events: readonly (ServerEvent | 'flush')[]; want: readonly string[] }[] = [
    {
      name: 'text is joined to lines',
      events: [message('m'), text(''), delta('one '), delta('two\nthr'), delta('ee'), text('one two\nthree', 9)],
      want: ['one two', 'three'],
    },
    {
      name: 'the same text again prints nothing',
      events: [message('m'), text('one', 9), text('one', 9), 'flush'],
      want: ['one'],
    },
    { name: 'a prompt is not printed', events: [message('m', 'user'), text('do it', 9), 'flush'], want: [] },
    {
      name: 'reasoning is not printed',
      events: [message('m'), part({ id: 'r', type: 'reasoning', text: 'hm' }), delta('hm', 'r'), 'flush'],
      want: [],
    },
    {
      name: 'text without an end comes with flush',
      events: [message('m'), text(''), delta('half'), 'flush', 'flush'],
      want: ['half'],
    },
    {
      name: 'a tool call, its end and its output',
      events: [
        message('m'),
        tool('pending'),
        tool('running'),
        tool('running'),
        tool('completed', { output: 'a\nb\n', metadata: { exit: 0 }, time: { start: 1000, end: 2500 } }),
        tool('completed'),
      ],
      want: ['→ bash npm test', '✓ bash (1.5 s)', '  | a', '  | b'],
    },
    {
      name: 'a failing command',
      events: [message('m'), tool('running'), tool('completed', { output: '', metadata: { exit: 3 } })],
      want: ['→ bash npm test', '✗ bash exited with 3'],
    },
    {
      name: 'a failing tool',
      events: [message('m'), tool('running'), tool('error', { error: 'no\nway' })],
      want: ['→ bash npm test', '✗ bash: no way'],
    },
    {
      name: 'text before the tool it announces',
      events: [message('m'), text(''), delta('I test.'), tool('running'), text('I test.', 9)],
      want: ['I test.', '→ bash npm test'],
    },
    {
      name: 'a retry once',
      events: [1, 1, 2].map((attempt) => ({
        type: 'session.status',
        properties: { status: { type: 'retry', attempt, message: 'overloaded', next: 0 } },
      })),
      want: [
        '! model provider: overloaded (attempt 1); next try in 0 s',
        '! model provider: overloaded (attempt 2); next try in 0 s',
      ],
    },
    {
      name: 'an error',
      events: [
        {
          type: 'session.error',
          properties: { error: { name: 'APIError', data: { message: 'no', statusCode: 401 } } },
        },
      ],
      want: ['✗ The model provider refused the request (HTTP 401): no'],
    },
  ]
  test.each(cases)('$name', ({ events, want }) => expect(print(...events)).toEqual(want))

  test('long output keeps its end', () => {
    const output = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`).join('\n')
    const lines = print(message('m'), tool('running'), tool('completed', { output }))
    expect(lines.slice(2, 4)).toEqual(['  | … 12 more lines', '  | line 13'])
    expect(lines.at(-1)).toBe('  | line 20')
  })
})
