import { expect, test } from 'vitest'
import { withMetadata } from '../../test/builders/change.ts'
import { started, task, withStatus } from '../../test/builders/task.ts'
import { at } from '../../test/builders/time.ts'
import { isAnswered, isAsking, shortUser } from './asking.ts'
import { filterTasks } from './filters.ts'

const question = withStatus({ question: { id: 'per_1', kind: 'Permission', text: 'bash: ls', since: at(-5) } })
const answer = (text: string) => withMetadata({ annotations: { 'kubeopencode.io/answer': text } })

test('a Task asks while its status has a question', () => {
  expect(isAsking(task(started(10)))).toBe(false)
  expect(isAsking(task(started(10), question))).toBe(true)
})

test('an answer is on its way while it names the question', () => {
  expect(isAnswered(task(question))).toBe(false)
  expect(isAnswered(task(question, answer('approve per_1')))).toBe(true)
  expect(isAnswered(task(question, answer('approve per_0')))).toBe(false)
})

test('those who ask are found by a filter of their own', () => {
  const asks = task(started(10), question)
  expect(filterTasks([task(started(10)), asks], { phase: 'asking' })).toEqual([asks])
})

test('an account is named as people do', () => {
  expect(shortUser('system:serviceaccount:team:ada')).toBe('team/ada')
  expect(shortUser('ada@example.com')).toBe('ada@example.com')
})
