import type { Facts } from './facts.ts'
import { answerFrom } from './facts.ts'
import type { AskedKind, Question } from './findings.ts'

/** How long a good answer holds, in milliseconds. */
const goodForMs = 1_000

/** More names than are asked about within that time. */
const mostKept = 1_000

/** Kinds of which one thing is asked, the same of each, to warn and never to refuse. */
const courtesies: readonly AskedKind[] = ['Agent', 'AgentTemplate', 'ServiceAccount', 'StorageClass']

/**
 * Remembers for a second that there was nothing to say of an object, so that many Tasks for one Agent do not each wait for
 * the same read. What there was something to say of is asked about anew, and what may refuse always is:
 * docs/decisions/0039-a-good-answer-holds-for-a-second.md.
 */
export interface Memory {
  /** The questions that are to be asked all the same. */
  readonly open: (namespace: string, questions: readonly Question[]) => readonly Question[]
  readonly keep: (namespace: string, questions: readonly Question[], facts: Facts) => void
}

/** `now` in milliseconds. */
export const createMemory = (now: () => number = () => performance.now()): Memory => {
  const goodUntil = new Map<string, number>()
  const idOf = (namespace: string, { kind, name }: Question): string => `${kind} ${namespace}/${name}`
  return {
    open: (namespace, questions) =>
      questions.filter((question) => (goodUntil.get(idOf(namespace, question)) ?? 0) <= now()),
    keep: (namespace, questions, facts) => {
      for (const question of questions.filter(({ kind }) => courtesies.includes(kind))) {
        const answer = answerFrom(facts, namespace, question)
        if (!answer || answer.faults?.length || answer.warnings?.length) continue
        if (goodUntil.size >= mostKept) goodUntil.clear()
        goodUntil.set(idOf(namespace, question), now() + goodForMs)
      }
    },
  }
}
