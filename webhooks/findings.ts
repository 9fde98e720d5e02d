import type { Kind, Objects } from '../shared/kubernetes.ts'

/** What is wrong with one field: a sentence that goes on from the field's name and ends with the remedy. */
export interface Fault {
  readonly field: string
  readonly message: string
}

/** Other objects a user may have forgotten, and those that say what is allowed. */
export type AskedKind = Extract<
  Kind,
  | 'Agent'
  | 'AgentTemplate'
  | 'ConfigMap'
  | 'KubeOpenCodeConfig'
  | 'Namespace'
  | 'Secret'
  | 'ServiceAccount'
  | 'StorageClass'
>

/** What another object says to the one that is judged. */
export interface Answer {
  readonly faults?: readonly Fault[]
  readonly warnings?: readonly string[]
}

/** Something only another object can answer, one of the same namespace or one of the cluster. */
export interface QuestionOf<K extends AskedKind> {
  readonly kind: K
  /** Of a Namespace it is left out: the one of the object that is judged is meant. */
  readonly name?: string
  /** `found` is undefined where there is no such object. */
  readonly answer: (found: Objects[K] | undefined) => Answer
  /** The warning for when nobody answers in time; without it the question is a courtesy. */
  readonly unanswered?: string
}
export type Question = { [K in AskedKind]: QuestionOf<K> }[AskedKind]

/** A judgement as data. Faults refuse, warnings are told, questions are asked where other objects can be read. */
export interface Findings {
  readonly faults: readonly Fault[]
  readonly warnings: readonly string[]
  readonly questions: readonly Question[]
}

export const clean: Findings = { faults: [], warnings: [], questions: [] }

export const faultText = ({ field, message }: Fault): string => `${field}: ${message}`
