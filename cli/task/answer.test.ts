import { describe, expect, test } from 'vitest'
import type { Reply } from '../../shared/ports.ts'
import { started, task, withPhase, withStatus } from '../../test/builders/task.ts'
import { at } from '../../test/builders/time.ts'
import { questionFor } from './answer.ts'

const question = { kind: 'Permission', id: 'per_1', text: 'bash: npm publish', since: at(-30) } as const
const asking = task(started(60), withStatus({ question }))
const yes: Reply = { verdict: 'Approved' }

test('the question that waits is answered, also by its id', () => {
  expect(questionFor(asking, yes)).toEqual(question)
  expect(questionFor(asking, { verdict: 'Denied' }, 'per_1')).toEqual(question)
})

describe('nothing is written', () => {
  const cases = [
    { name: 'for a Task that has ended', one: task(withPhase('Completed')), says: 'Task job has ended (Completed)' },
    { name: 'where nothing is asked', one: task(started(60)), says: 'asks nothing now' },
    { name: 'for another question than was read', one: asking, id: 'per_0', says: 'does not wait for per_0, but for per_1: bash: npm publish' },
    { name: 'that does not fit', one: asking, reply: { verdict: 'Replied', text: 'x' } as Reply, says: 'per_1 asks for a permission' },
  ] // prettier-ignore
  test.each(cases)('$name', ({ one, id, reply = yes, says }) => expect(() => questionFor(one, reply, id)).toThrow(says))
})
