import type { Task, TaskQuestion } from '../../crds/task.ts'
import { misfit } from '../../shared/answers.ts'
import type { Reply } from '../../shared/ports.ts'
import { answerTask } from '../../shared/requests.ts'
import type { ClusterOptions } from '../cluster/access.ts'
import { openCluster } from '../cluster/access.ts'
import { CommandError } from '../errors.ts'
import type { Io } from '../io.ts'
import { plainText, print } from '../io.ts'
import { isFinished } from '../../shared/finished.ts'

export type AnswerOptions = ClusterOptions & {
  /** Only this question; without it the one that waits when the command looks. */
  readonly id?: string
}

const done = {
  Approved: 'approved',
  ApprovedAlways: 'approved for good',
  Denied: 'denied',
  Replied: 'answered',
} as const

/** The question that is answered. Throws a CommandError where there is none, another one, or one that this is no answer to. */
export const questionFor = (task: Task, reply: Reply, id?: string): TaskQuestion => {
  const { name } = task.metadata
  const question = task.status?.question
  if (isFinished(task))
    throw new CommandError(`Task ${name} has ended (${task.status?.phase}); its agent asks nothing any more`)
  if (!question)
    throw new CommandError(`The agent of Task ${name} asks nothing now; kubeoc task why ${name} says what it does`)
  if (id !== undefined && id !== question.id)
    throw new CommandError(
      `Task ${name} does not wait for ${id}, but for ${question.id}: ${question.text}. Look at it with kubeoc task why ${name} before you answer`,
    )
  const fault = misfit(question, reply)
  if (fault !== undefined) throw new CommandError(`Task ${name}: ${fault}`)
  return question
}

/** Tells the agent of a Task what it waits for. The answer names the question that is shown, so it never meets another. */
export const answer = async (io: Io, name: string, reply: Reply, options: AnswerOptions): Promise<void> => {
  const { api, namespace } = await openCluster(options, io)
  const ref = { kind: 'Task', namespace, name } as const
  const question = questionFor(await api.need(ref), reply, options.id)
  await api.merge(`cannot answer the agent of Task ${name}`, ref, answerTask(question.id, reply))
  print(io, plainText(`${done[reply.verdict]}: ${question.text}`))
  const { always = [] } = question
  if (reply.verdict === 'ApprovedAlways' && always.length > 0)
    print(io, plainText(`every Task of its Agent may do from now on without asking: ${always.join('; ')}`))
}
