import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decimal, formatRunSummary, parseRunSummary, shorten, type RunSummary } from './summary.ts'

const session = {
  id: 'ses_1',
  title: 'kubeopencode/team/fix/0123abcd',
  messageCount: 8,
  tokenUsage: { input: 61115, output: 248, reasoning: 0, cache: 12 },
  cost: '0.062107',
  filesChanged: 1,
  additions: 1,
  deletions: 1,
}

describe('parseRunSummary', () => {
  const cases: { name: string; message: string; want: RunSummary | undefined }[] = [
    { name: 'what the runner writes', message: formatRunSummary({ session }), want: { session } },
    {
      name: 'and when the session was at work',
      message: formatRunSummary({ session, time: { began: 1_000, ended: 2_500 } }),
      want: { session, time: { began: 1_000, ended: 2_500 } },
    },
    {
      name: 'no times that cannot be',
      message: JSON.stringify({ session, time: { began: 2_500, ended: 1_000 } }),
      want: { session },
    },
    { name: 'an error alone', message: '{"error":"no server"}', want: { error: 'no server' } },
    { name: 'an empty message', message: '', want: undefined },
    { name: "another program's words", message: 'panic: oh no', want: undefined },
    { name: "another program's JSON", message: '{"code":1}', want: undefined },
    { name: 'a list', message: '[{"error":"x"}]', want: undefined },
    {
      name: 'figures of the wrong type read as 0',
      message: '{"session":{"id":"a","messageCount":"many","cost":"free","tokenUsage":7}}',
      want: {
        session: {
          id: 'a',
          title: '',
          messageCount: 0,
          tokenUsage: { input: 0, output: 0, reasoning: 0, cache: 0 },
          cost: '0',
          filesChanged: 0,
          additions: 0,
          deletions: 0,
        },
      },
    },
  ]
  test.each(cases)('$name', ({ message, want }) => expect(parseRunSummary(message)).toEqual(want))
})

test('any summary fits a termination message and can be read back', () => {
  const long = fc
    .tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 400 }))
    .map(([words, times]) => words.repeat(times))
  fc.assert(
    fc.property(long, long, (error, title) => {
      const message = formatRunSummary({ session: { ...session, title }, error })
      expect(new TextEncoder().encode(message).length).toBeLessThanOrEqual(4096)
      expect(parseRunSummary(message)).toBeDefined()
    }),
  )
})

test('decimal has no noise', () => {
  expect([0, 0.062106999999999996, 12, 1e-9, 100, 0.1 + 0.2].map(decimal)).toEqual([
    '0',
    '0.062107',
    '12',
    '0',
    '100',
    '0.3',
  ])
})

test('shorten never cuts a character in half', () => expect(shorten('ab😀cd', 4)).toBe('ab…'))
