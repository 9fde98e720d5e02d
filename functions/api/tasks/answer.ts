import * as z from 'zod'
import type { Task } from '../../../crds/task.ts'
import { isAskedId, misfit } from '../../../shared/answers.ts'
import { fieldOf } from '../../../shared/field-path.ts'
import { pathOf } from '../../../shared/kubernetes.ts'
import type { Reply } from '../../../shared/ports.ts'
import { answerTask } from '../../../shared/requests.ts'
import { placeOf } from '../inputs.ts'
import { answer, bare } from '../objects/answer.ts'
import { structuredBody } from '../objects/body.ts'
import { patchObject, readObject } from '../objects/write.ts'
import { badRequest, Problem } from '../problem.ts'
import type { ApiContext, Route } from '../route.ts'

const id = z
  .string()
  .max(128)
  .refine(isAskedId, { message: 'must be the id of status.question' })
  .describe('Id of the question that was read, from status.question.')
const words = z.string().trim().min(1).max(2000)

const Approval = z.strictObject({
  id,
  always: z.boolean().optional().describe('Also later, for every Task of the Agent, until its server restarts.'),
})
const Denial = z.strictObject({ id, reason: words.optional().describe('What the agent is told about it.') })
const Answer = z.strictObject({
  id,
  text: words.describe('The answer; one line for each question where several are asked together.'),
})

const bodyOf = async <S extends z.ZodType>(c: ApiContext, schema: S): Promise<z.output<S>> => {
  const body = schema.safeParse(await structuredBody(c))
  if (body.success) return body.data
  const causes = body.error.issues.map(({ path, message }) => ({ field: fieldOf(path) || 'the body', message }))
  throw badRequest(causes.map(({ field, message }) => `${field}: ${message}`).join('; '), causes)
}

/** Written with the caller's rights. What is not asked (any more) is a conflict, so that nobody answers what they have not read. */
const answered = async (c: ApiContext, meant: string, reply: Reply): Promise<Response> => {
  const { namespace, name } = placeOf(c)
  const path = pathOf('Task', namespace, name)
  const question = (await readObject<Task>(c.var.apiserver, path)).status?.question
  if (question?.id !== meant)
    throw new Problem(
      409,
      'Conflict',
      `Task ${namespace}/${name} does not wait for an answer to ${meant}${question ? `, but to ${question.id}: read its status.question` : ''}`,
    )
  const fault = misfit(question, reply)
  if (fault !== undefined) throw badRequest(fault)
  return answer(c, bare(await patchObject<Task>(c.var.apiserver, path, answerTask(meant, reply))))
}

const base = '/api/v1/namespaces/{namespace}/tasks/{name}'

export const answerRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: `${base}/approve`,
    summary: 'Let the agent do what it asks leave for',
    body: Approval,
    answer: { shape: 'Task' },
    handle: async (c) => {
      const { id: meant, always } = await bodyOf(c, Approval)
      return answered(c, meant, { verdict: always ? 'ApprovedAlways' : 'Approved' })
    },
  },
  {
    method: 'POST',
    path: `${base}/deny`,
    summary: 'Say no to what the agent asks',
    body: Denial,
    answer: { shape: 'Task' },
    handle: async (c) => {
      const { id: meant, reason } = await bodyOf(c, Denial)
      return answered(c, meant, { verdict: 'Denied', ...(reason !== undefined && { text: reason }) })
    },
  },
  {
    method: 'POST',
    path: `${base}/reply`,
    summary: 'Answer a question of the agent',
    body: Answer,
    answer: { shape: 'Task' },
    handle: async (c) => {
      const { id: meant, text } = await bodyOf(c, Answer)
      return answered(c, meant, { verdict: 'Replied', text })
    },
  },
]
