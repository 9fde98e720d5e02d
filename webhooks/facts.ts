import type { KubeObject, Ref } from '../shared/kubernetes.ts'
import { resources } from '../shared/kubernetes.ts'
import type { ClusterReader } from '../shared/ports.ts'
import type { Answer, AskedKind, Question, QuestionOf } from './findings.ts'

/** All reads of one review together. Admission waits for no one. */
export const factsBudgetMs = 500

/** More reads than this for one object are not worth the apiserver's time; what decides is asked first. */
const mostReads = 32

/** What was read by `refText`; undefined where there is no such object, absent where nobody answered. */
export type Facts = ReadonlyMap<string, KubeObject | undefined>

const refOf = ({ kind, name }: Question, namespace: string): Ref<AskedKind> => {
  const named = kind === 'Namespace' ? namespace : (name ?? '')
  return { kind, name: named, ...(resources[kind].namespaced && { namespace }) }
}

const refText = ({ kind, name }: Ref): string => `${kind} ${name}`

const byUrgency = (questions: readonly Question[]): readonly Question[] => [
  ...questions.filter(({ kind }) => kind === 'KubeOpenCodeConfig' || kind === 'Namespace'),
  ...questions.filter(({ kind }) => kind !== 'KubeOpenCodeConfig' && kind !== 'Namespace'),
]

/** Reads what `questions` ask about, each object once, and gives what has come when the budget ends. */
export const gatherFacts = async (
  reader: ClusterReader,
  namespace: string,
  questions: readonly Question[],
  budgetMs = factsBudgetMs,
): Promise<Facts> => {
  const refs = new Map(
    byUrgency(questions).map((question) => [refText(refOf(question, namespace)), refOf(question, namespace)]),
  )
  const facts = new Map<string, KubeObject | undefined>()
  if (refs.size === 0) return facts
  let isOver = false
  const reads = [...refs].slice(0, mostReads).map(async ([text, ref]) => {
    const found = await reader.get(ref)
    if (!isOver) facts.set(text, found as KubeObject | undefined)
  })
  let timer: ReturnType<typeof setTimeout> | undefined
  const budget = new Promise((resolve) => (timer = setTimeout(resolve, budgetMs)))
  await Promise.race([Promise.allSettled(reads), budget])
  clearTimeout(timer)
  isOver = true
  return facts
}

/** What `facts` say to a question; undefined where nobody has answered. */
export const answerFrom = (facts: Facts, namespace: string, question: Question): Answer | undefined => {
  const text = refText(refOf(question, namespace))
  return facts.has(text) ? (question as QuestionOf<AskedKind>).answer(facts.get(text) as never) : undefined
}

/** What `facts` say to `questions`, in the order of the questions. */
export const answersFrom = (facts: Facts, namespace: string, questions: readonly Question[]): Required<Answer> => {
  const answers = questions.map(
    (question): Answer =>
      answerFrom(facts, namespace, question) ??
      (question.unanswered === undefined ? {} : { warnings: [question.unanswered] }),
  )
  return {
    faults: answers.flatMap(({ faults = [] }) => faults),
    warnings: answers.flatMap(({ warnings = [] }) => warnings),
  }
}
