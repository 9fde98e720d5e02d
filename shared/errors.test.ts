import { describe, expect, test } from 'vitest'
import { codeOf, isTerminal, RetryableError, sentenceOf, TerminalError } from './errors.ts'

const terminal = new TerminalError('Invalid', 'the image is no image')
const retryable = new RetryableError('busy', { retryAfterSeconds: 3 })

describe('isTerminal', () => {
  const cases = [
    { name: 'a refusal', error: terminal, want: true },
    { name: 'a busy apiserver', error: retryable, want: false },
    { name: 'a bug', error: new TypeError('x is undefined'), want: false },
    { name: 'only refusals', error: new AggregateError([terminal, terminal]), want: true },
    { name: 'a refusal and a busy apiserver', error: new AggregateError([terminal, retryable]), want: false },
    { name: 'no Error at all', error: 'thrown text', want: false },
  ]
  test.each(cases)('$name: $want', ({ error, want }) => expect(isTerminal(error)).toBe(want))
})

test('sentenceOf joins what several errors say', () => {
  expect(sentenceOf(new AggregateError([terminal, retryable]))).toBe('the image is no image; busy')
  expect(sentenceOf('thrown text')).toBe('thrown text')
})

test('errors keep their cause and the wish of the server', () => {
  const cause = new Error('socket')
  expect(new RetryableError('busy', { cause, retryAfterSeconds: 3 })).toMatchObject({ cause, retryAfterSeconds: 3 })
  expect(new TerminalError('Invalid', 'no', { cause })).toMatchObject({ cause, reason: 'Invalid' })
})

test('codeOf finds the code of what lies beneath, and takes nothing else for one', () => {
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
  expect(codeOf(new Error('fetch failed', { cause: refused }))).toBe('ECONNREFUSED')
  expect(codeOf(Object.assign(new Error('x'), { code: 'invalid header "Bearer abc"' }))).toBeUndefined()
  expect(codeOf('ECONNREFUSED')).toBeUndefined()
})
