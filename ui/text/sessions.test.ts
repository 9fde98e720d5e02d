import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sessionsOf } from './sessions.ts'

test('sessions are listed with the Task they are of, the latest first', () => {
  const at = (updated: number) => ({ time: { updated } })
  expect(
    sessionsOf([
      { id: 'ses_1', title: 'kubeopencode/team/fix/12345678', ...at(1_000), cost: 0.5, tokens: { input: 2, output: 3 } },
      { id: 'ses_2', title: 'Greeting', ...at(2_000) },
      { id: 7 },
    ]),
  ).toEqual([
    { id: 'ses_2', title: 'Greeting', task: undefined, updated: '1970-01-01T00:00:02.000Z', cost: 0, tokens: 0 },
    { id: 'ses_1', title: 'kubeopencode/team/fix/12345678', task: 'fix', updated: '1970-01-01T00:00:01.000Z', cost: 0.5, tokens: 5 },
  ])
}) // prettier-ignore

test('whatever a server answers is a list', () => {
  fc.assert(
    fc.property(fc.anything(), (answer) => {
      expect(Array.isArray(sessionsOf(answer))).toBe(true)
    }),
  )
})
