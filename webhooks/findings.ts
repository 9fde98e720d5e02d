import type { Kind, Objects } from '../shared/kubernetes.ts'

/** What is wrong with one field: a sentence that goes on from the field's name and ends with the remedy. */
export interface Fault {
  readonly field: string
  readonly message: string
}

/** Other objects a user may have forgotten. */
export type AskedKind = Extract<Kind, 'Agent' | 'AgentTemplate' | 'ServiceAccount' | 'ConfigMap' | 'Secret'>

/** Something only another object of the same namespace can answer. */
export interface QuestionOf<K extends AskedKind> {
  readonly kind: K
  readonly name: string
  /** What the user should hear of it; undefined when all is well. `found` is undefined where there is no such object. */
  readonly answer: (found: Objects[K] | undefined) => string | undefined
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
