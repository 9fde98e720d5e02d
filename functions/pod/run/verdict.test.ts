import { describe, expect, test } from 'vitest'
import { faultOf, isSettled, readMessages, summarize } from './verdict.ts'

const user = { info: { id: 'msg_1', role: 'user' }, parts: [] }
const answer = (info: object) => ({
  info: { role: 'assistant', time: { created: 1, completed: 2 }, ...info },
  parts: [],
})
const messages = (...list: unknown[]) => readMessages(list)

describe('faultOf', () => {
  const cases = [
    { name: 'a finished answer', list: [user, answer({ finish: 'stop' })], want: undefined },
    { name: 'no messages', list: [], want: /did not reach/ },
    { name: 'a prompt without an answer', list: [user], want: /without an answer/ },
    {
      name: 'a refused key',
      list: [user, answer({ error: { name: 'APIError', data: { message: 'bad key', statusCode: 401 } } })],
      want: /HTTP 401.*bad key/,
    },
    { name: 'an abort', list: [user, answer({ error: { name: 'MessageAbortedError', data: {} } })], want: /aborted/ },
    { name: 'an unknown error without words', list: [user, answer({ error: {} })], want: /Error: no reason given/ },
    {
      name: 'an answer that was never completed',
      list: [user, answer({ time: { created: 1 }, finish: 'stop' })],
      want: /interrupted/,
    },
    { name: 'an abort while the provider was retried', list: [user, answer({})], want: /before the model answered/ },
    { name: 'a stop after a tool call', list: [user, answer({ finish: 'tool-calls' })], want: /middle of its work/ },
    { name: 'an answer cut off', list: [user, answer({ finish: 'length' })], want: /output limit/ },
    { name: 'a provider with a word of its own', list: [user, answer({ finish: 'other' })], want: undefined },
    {
      name: 'an early error that was overcome',
      list: [user, answer({ error: { name: 'X' } }), user, answer({ finish: 'stop' })],
      want: undefined,
    },
  ]
  test.each(cases)('$name', ({ list, want }) => {
    const fault = faultOf(messages(...list))
    if (want === undefined) expect(fault).toBeUndefined()
    else expect(fault).toMatch(want)
  })
})

test('an answer is settled by its end or its error', () => {
  expect(isSettled(messages(user))).toBe(false)
  expect(isSettled(messages(user, answer({ time: { created: 1 } })))).toBe(false)
  expect(isSettled(messages(user, answer({})))).toBe(true)
  expect(isSettled(messages(user, answer({ time: {}, error: { name: 'APIError' } })))).toBe(true)
})

test('summarize adds up a session and its subagents, and believes the diff more than the session', () => {
  const tokens = { input: 10, output: 2, reasoning: 1, cache: { read: 3, write: 4 } }
  const main = { id: 'ses_1', title: 't', cost: 0.1, tokens, summary: { files: 0, additions: 0, deletions: 0 } }
  const child = { id: 'ses_2', cost: 0.2, tokens }
  const diff = [
    { file: 'a', additions: 5, deletions: 1 },
    { file: 'b', additions: 1, deletions: 0 },
  ]
  expect(summarize([main, child], messages(user), diff)).toEqual({
    id: 'ses_1',
    title: 't',
    messageCount: 1,
    tokenUsage: { input: 20, output: 4, reasoning: 2, cache: 14 },
    cost: '0.3',
    filesChanged: 2,
    additions: 6,
    deletions: 1,
  })
})
