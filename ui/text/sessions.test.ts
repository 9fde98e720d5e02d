import fc from 'fast-check'
import { expect, test } from 'vitest'
import { withMetadata } from '../../test/builders/change.ts'
import { started, task, withStatus } from '../../test/builders/task.ts'
import { sessionsOf } from './sessions.ts'

const fix = task(withMetadata({ namespace: 'team', name: 'fix', uid: '12345678-abcd' }), started(10))
const title = 'kubeopencode/team/fix/12345678'

test('sessions are listed with the Task they are of, the latest first', () => {
  const at = (updated: number) => ({ time: { updated } })
  expect(
    sessionsOf(
      [
        { id: 'ses_1', title, ...at(1_000), cost: 0.5, tokens: { input: 2, output: 3 } },
        { id: 'ses_2', title: 'Greeting', ...at(2_000) },
        { id: 7 },
      ],
      [fix],
    ),
  ).toEqual([
    { id: 'ses_2', title: 'Greeting', task: undefined, isClaimed: false, updated: '1970-01-01T00:00:02.000Z', cost: 0, tokens: 0 },
    { id: 'ses_1', title, task: 'fix', isClaimed: true, updated: '1970-01-01T00:00:01.000Z', cost: 0.5, tokens: 5 },
  ])
}) // prettier-ignore

test('a session is not of a Task because it says so', () => {
  const seen = task(
    withMetadata({ namespace: 'team', name: 'fix', uid: '12345678-abcd' }),
    withStatus({ session: { id: 'ses_1', title, url: 'http://coder.team:4096/session/ses_1' } }),
  )
  const named = (tasks: (typeof fix)[], ...titles: string[]) =>
    sessionsOf(
      titles.map((one, index) => ({ id: `ses_${index + 2}`, title: one })),
      tasks,
    ).map(({ task: name, isClaimed }) => [name, isClaimed])
  expect(named([fix], 'kubeopencode/other/fix/12345678', 'kubeopencode/team/fix/87654321')).toEqual([
    [undefined, true],
    [undefined, true],
  ])
  expect(named([seen], title)).toEqual([[undefined, true]])
  expect(sessionsOf([{ id: 'ses_1', title: 'renamed' }], [seen])[0]?.task).toBe('fix')
})

test('whatever a server answers is a list', () => {
  fc.assert(
    fc.property(fc.anything(), (answer) => {
      expect(Array.isArray(sessionsOf(answer, [fix]))).toBe(true)
    }),
  )
})
