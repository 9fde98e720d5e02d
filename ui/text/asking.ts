import type { Task } from '../api/types.ts'

/** Whether the agent has stopped and waits to be told. */
export const isAsking = ({ status }: Task): boolean => status?.question !== undefined

/** Whether the question was answered and the agent is yet to hear of it. */
export const isAnswered = (task: Task): boolean => {
  const [, id] = (task.metadata.annotations?.['kubeopencode.io/answer'] ?? '').split(' ')
  return id !== undefined && id === task.status?.question?.id
}

/** What was answered, in a word that goes before who did it. */
export const verdictWords = {
  Approved: 'Approved once',
  ApprovedAlways: 'Approved always',
  Denied: 'Denied',
  Replied: 'Answered',
} as const

/** Who it was without what all accounts of a cluster begin with. */
export const shortUser = (user: string): string => user.replace(/^system:serviceaccount:/, '').replace(':', '/')
