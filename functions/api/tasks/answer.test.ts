import { describe, expect, test } from 'vitest'
import { api } from '../../../test/builders/api.ts'
import { started, task, withStatus } from '../../../test/builders/task.ts'
import { at } from '../../../test/builders/time.ts'
import { json } from '../../../test/builders/upstream.ts'

const path = '/apis/kubeopencode.io/v1alpha1/namespaces/default/tasks/job'
const here = '/api/v1/namespaces/default/tasks/job'
const question = (kind: 'Permission' | 'Question', id: string) =>
  withStatus({ question: { kind, id, text: 'anything', since: at(-5) } })

const post = async (verb: string, body: unknown, ...changes: Parameters<typeof task>) => {
  const one = task(started(10), ...changes)
  const { call, asked } = await api({ [`GET ${path}`]: () => json(one), [`PATCH ${path}`]: () => json(one) })
  const init = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await call('POST', `${here}/${verb}`, init)
  const written = asked.find(({ method }) => method === 'PATCH')?.body
  return { status: response.status, body: (await response.json()) as { message?: string }, written }
}
const annotation = (text: string) => ({ metadata: { annotations: { 'kubeopencode.io/answer': text } } })
const permission = question('Permission', 'per_1')

describe('an answer is an annotation, written for the caller', () => {
  const cases = [
    { verb: 'approve', body: { id: 'per_1' }, asked: permission, want: 'approve per_1' },
    { verb: 'approve', body: { id: 'per_1', always: true }, asked: permission, want: 'always per_1' },
    { verb: 'deny', body: { id: 'per_1', reason: 'not today' }, asked: permission, want: 'deny per_1 not today' },
    { verb: 'reply', body: { id: 'que_1', text: 'main' }, asked: question('Question', 'que_1'), want: 'reply que_1 main' },
  ] // prettier-ignore
  test.each(cases)('$want', async ({ verb, body, asked, want }) => {
    const { status, written } = await post(verb, body, asked)
    expect(status).toBe(200)
    expect(written).toEqual(annotation(want))
  })
})

describe('nothing is written', () => {
  const cases = [
    { name: 'where nothing is asked', verb: 'approve', body: { id: 'per_1' }, code: 409, says: 'does not wait for an answer to per_1' },
    { name: 'for another question', verb: 'approve', body: { id: 'per_0' }, asked: permission, code: 409, says: 'but to per_1' },
    { name: 'that does not fit', verb: 'reply', body: { id: 'per_1', text: 'x' }, asked: permission, code: 400, says: 'approve or deny it' },
    { name: 'without an id', verb: 'deny', body: {}, asked: permission, code: 400, says: 'id: ' },
    { name: 'with an id that is a path', verb: 'deny', body: { id: '../x' }, asked: permission, code: 400, says: 'id: must be the id of status.question' },
    { name: 'with a field that nobody knows', verb: 'approve', body: { id: 'per_1', forever: true }, asked: permission, code: 400, says: 'forever' },
  ] // prettier-ignore
  test.each(cases)('$name', async ({ verb, body, asked, code, says }) => {
    const answer = await post(verb, body, ...(asked ? [asked] : []))
    expect(answer.status).toBe(code)
    expect(answer.body.message).toContain(says)
    expect(answer.written).toBeUndefined()
  })
})
