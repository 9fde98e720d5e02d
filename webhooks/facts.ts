import type { ClusterReader } from '../shared/ports.ts'
import type { AskedKind, Question, QuestionOf } from './findings.ts'

/** All reads of one review together. Admission waits for no one's warnings. */
export const factsBudgetMs = 500

/** More reads than this for one object are not worth the apiserver's time; the first ones are told. */
const mostReads = 32

const ask = async <K extends AskedKind>(
  reader: ClusterReader,
  namespace: string,
  { kind, name, answer }: QuestionOf<K>,
): Promise<string | undefined> => answer(await reader.get<K>({ kind, namespace, name }))

/**
 * What other objects say to `questions`, in their order. What is not known when the budget ends, or cannot be read,
 * is left out: these are courtesies, and the conditions of the object tell the same later.
 */
export const warningsFrom = async (
  reader: ClusterReader,
  namespace: string,
  questions: readonly Question[],
  budgetMs = factsBudgetMs,
): Promise<string[]> => {
  if (questions.length === 0) return []
  const answers: (string | undefined)[] = []
  const asked = questions.slice(0, mostReads).map(async (question, index) => {
    answers[index] = await ask(reader, namespace, question as QuestionOf<AskedKind>)
  })
  let timer: ReturnType<typeof setTimeout> | undefined
  const budget = new Promise((resolve) => (timer = setTimeout(resolve, budgetMs)))
  await Promise.race([Promise.allSettled(asked), budget])
  clearTimeout(timer)
  return answers.flatMap((answer) => answer ?? [])
}
