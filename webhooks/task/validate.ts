import { annotations } from '../../crds/names.ts'
import type { Task } from '../../crds/task.ts'
import { TaskKind } from '../../crds/task.ts'
import { noAnswer, parseAnswer } from '../../shared/answers.ts'
import { isSame } from '../../shared/merge-patch.ts'
import { contextSecurity } from '../../shared/security.ts'
import { contextFaults, contextQuestions, contextWarnings, handedOverWarnings } from '../contexts.ts'
import type { Fault, Question } from '../findings.ts'
import { askAgent, askSecurity, askTemplate } from '../questions.ts'
import { validate } from '../validate.ts'

const fixedFields = ['description', 'agentRef', 'templateRef', 'contexts'] as const

/** Whoever has read these works by them; changing them would tell a story that did not happen. */
const changedTooLate = (next: Task, prior: Task): Fault[] => {
  const phase = prior.status?.phase
  if (phase === undefined || phase === 'Pending' || phase === 'Queued') return []
  return fixedFields
    .filter((field) => !isSame(next.spec[field], prior.spec[field]))
    .map((field) => ({
      field: `spec.${field}`,
      message: `${field} is immutable once the Task has left the queue: create another Task`,
    }))
}

/** What a Task's spec needs of its namespace; `field` is where the spec stands. */
export const taskQuestions = (field: string, { agentRef, templateRef, contexts }: Task['spec']): Question[] => [
  ...(contexts?.length ? [askSecurity((security) => contextSecurity(`${field}.contexts`, contexts, security))] : []),
  ...(agentRef ? [askAgent(`${field}.agentRef`, agentRef.name)] : []),
  ...(templateRef ? [askTemplate(`${field}.templateRef`, templateRef.name)] : []),
  ...contextQuestions(`${field}.contexts`, contexts),
]

/** It is taken away unused; whoever wrote it sees this before. */
const answerWarnings = ({ metadata }: Task): string[] => {
  const text = metadata.annotations?.[annotations.answer]
  return text !== undefined && parseAnswer(text) === undefined ? [noAnswer] : []
}

export const validateTask = validate(TaskKind, (next, prior) => ({
  faults: [...contextFaults('spec.contexts', next.spec.contexts), ...(prior ? changedTooLate(next, prior) : [])],
  warnings: [
    ...answerWarnings(next),
    ...contextWarnings('spec.contexts', next.spec.contexts),
    ...(next.spec.agentRef ? handedOverWarnings('spec.contexts', next.spec.contexts) : []),
  ],
  questions: taskQuestions('spec', next.spec),
}))
