import type { Facts } from './facts.ts'
import { answerFrom } from './facts.ts'
import type { Answer, AskedKind, Question } from './findings.ts'

/** How long a good answer holds, in milliseconds. */
const goodForMs = 1_000

/** Names that are held; when there are more, all are forgotten. */
const mostKept = 1_000

/** Kinds of which one thing is asked, the same of each, to warn and never to refuse. */
const courtesies: ReadonlySet<AskedKind> = new Set(['Agent', 'AgentTemplate', 'ServiceAccount', 'StorageClass'])

/**
 * Remembers for a second that there was nothing to say of an object, so that many Tasks for one Agent do not each wait for
 * the same read. What there was something to say of is asked about anew, and what may refuse always is:
 * docs/decisions/0039-a-good-answer-holds-for-a-second.md.
 */
export interface Memory {
  readonly open: (namespace: string, questions: readonly Question[]) => Open
}

/** What still has to be asked. */
export interface Open {
  readonly questions: readonly Question[]
  /** Remembers which of them the facts leave nothing to say to. */
  readonly keep: (facts: Facts) => void
}

const isGoodAnswer = ({ faults = [], warnings = [] }: Answer): boolean => faults.length + warnings.length === 0

/** `now` in milliseconds since 1970, which goes on in a process that is frozen. */
export const createMemory = (now: () => number = Date.now): Memory => {
  const goodAt = new Map<string, number>()
  const isStillGood = (id: string, at: number): boolean => {
    const age = at - (goodAt.get(id) ?? -Infinity)
    return age >= 0 && age < goodForMs
  }
  return {
    open: (namespace, questions) => {
      const idOf = ({ kind, name }: Question): string => `${kind} ${namespace}/${name}`
      const openedAt = now()
      const open = questions.filter((question) => !isStillGood(idOf(question), openedAt))
      return {
        questions: open,
        keep: (facts) => {
          for (const question of open.filter(({ kind }) => courtesies.has(kind))) {
            const answer = answerFrom(facts, namespace, question)
            if (!answer || !isGoodAnswer(answer)) continue
            const id = idOf(question)
            if (goodAt.size >= mostKept && !goodAt.has(id)) goodAt.clear()
            goodAt.set(id, openedAt)
          }
        },
      }
    },
  }
}
