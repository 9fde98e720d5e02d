import type { Agent } from '../../crds/agent.ts'
import { AgentKind, SHORTEST_IDLE_SECONDS } from '../../crds/agent.ts'
import { durationSeconds } from '../../crds/duration.ts'
import { isSame } from '../../shared/merge-patch.ts'
import { explainConfig } from '../config-notes.ts'
import { executionFindings } from '../execution.ts'
import type { Fault, Question } from '../findings.ts'
import { askStorageClass, askTemplate } from '../questions.ts'
import { validate } from '../validate.ts'

/** A volume claim cannot change; one that was not there may still be added. */
const changedClaims = (next: Agent, prior: Agent): Fault[] =>
  (['sessions', 'workspace'] as const)
    .filter((volume) => prior.spec.persistence?.[volume] !== undefined)
    .filter((volume) => !isSame(next.spec.persistence?.[volume], prior.spec.persistence?.[volume]))
    .map((volume) => ({
      field: `spec.persistence.${volume}`,
      message: 'is immutable, because a volume claim is: delete and create the Agent to change it',
    }))

const standbyWarnings = ({ standby }: Agent['spec']): string[] => {
  if (!standby || (durationSeconds(standby.idleTimeout) ?? 0) >= SHORTEST_IDLE_SECONDS) return []
  return [
    `spec.standby.idleTimeout: ${standby.idleTimeout} stops the server between two Tasks; 2m or more keeps it useful`,
  ]
}

const storageQuestions = ({ spec: { persistence } }: Agent): Question[] =>
  (['sessions', 'workspace'] as const).flatMap((volume) => {
    const name = persistence?.[volume]?.storageClassName
    return name === undefined ? [] : [askStorageClass(`spec.persistence.${volume}.storageClassName`, name)]
  })

export const validateAgent = validate(
  AgentKind,
  (next, prior) => {
    const { faults, warnings, questions } = executionFindings(next.spec)
    return {
      faults: [...faults, ...(prior ? changedClaims(next, prior) : [])],
      warnings: [...standbyWarnings(next.spec), ...warnings],
      questions: [
        ...(next.spec.templateRef ? [askTemplate('spec.templateRef', next.spec.templateRef.name)] : []),
        ...questions,
        ...storageQuestions(next),
      ],
    }
  },
  explainConfig,
)
