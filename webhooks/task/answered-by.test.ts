import { describe, expect, test } from 'vitest'
import { stored } from '../samples/reviews.ts'
import { mutateTask } from './mutate.ts'
import { validateTask } from './validate.ts'

const task = (annotations: object | undefined, spec: object = { agentRef: { name: 'a' } }) =>
  stored(
    'Task',
    'x',
    { ...spec },
    { metadata: { ...(annotations && { annotations }), labels: { 'kubeopencode.io/agent': 'a' } } },
  )
const signed = (answer: string, by?: string) => ({
  team: 'x',
  'kubeopencode.io/answer': answer,
  ...(by !== undefined && { 'kubeopencode.io/answered-by': by }),
})
const yes = 'approve per_1'

describe('the signature under an answer', () => {
  const cases = [
    { name: 'is that of who writes it', sent: signed(yes), want: signed(yes, 'jane') },
    { name: 'is not that of somebody else', sent: signed(yes, 'boss'), want: signed(yes, 'jane') },
    { name: 'stays when others change the Task', prior: signed(yes, 'ada'), sent: signed(yes, 'ada'), want: signed(yes, 'ada') },
    { name: 'cannot be changed later', prior: signed(yes, 'ada'), sent: signed(yes, 'boss'), want: signed(yes, 'ada') },
    { name: 'cannot be taken away alone', prior: signed(yes, 'ada'), sent: signed(yes), want: signed(yes, 'ada') },
    { name: 'is new under another answer', prior: signed(yes, 'ada'), sent: signed('deny per_1', 'ada'), want: signed('deny per_1', 'jane') },
    { name: 'goes with the answer', prior: signed(yes, 'ada'), sent: { team: 'x', 'kubeopencode.io/answered-by': 'ada' }, want: { team: 'x' } },
    { name: 'stands under nothing', sent: { team: 'x' }, want: { team: 'x' } },
  ] // prettier-ignore
  test.each(cases)('$name', ({ prior, sent, want }) => {
    const writing = { user: 'jane', ...(prior && { prior: task(prior) }) }
    expect(mutateTask(task(sent), writing)).toEqual(task(want))
    expect(mutateTask(mutateTask(task(sent), writing), writing)).toEqual(task(want))
  })

  test('is put under what cannot be read, too', () =>
    expect(mutateTask(task(signed(yes, 'boss'), { agentRef: 7 }), { user: 'jane' })).toEqual(
      task(signed(yes, 'jane'), { agentRef: 7 }),
    ))

  test('is none where the apiserver names nobody', () =>
    expect(mutateTask(task(signed(yes, 'boss')), {})).toEqual(task(signed(yes))))
})

test('an answer that is none is warned of', () => {
  const warnings = (annotations: object) => validateTask(task(annotations)).warnings
  expect(warnings(signed('yes'))).toEqual([expect.stringContaining('must be approve ID') as unknown])
  expect(warnings(signed(yes))).toEqual([])
})
