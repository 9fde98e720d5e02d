import { annotations } from '../../crds/names.ts'
import type { ConditionUpdate } from '../../shared/conditions.ts'
import { serverName } from '../workload/names.ts'
import { isRolling } from './readiness.ts'
import { troubleOfServer } from './server-trouble.ts'
import type { AgentSight } from './sight.ts'

/** The template's generation as the Deployment says it; while it rolls, the one that was there before still counts. */
export const templateGenerationOf = ({ parent, template, deployment }: AgentSight): number | undefined => {
  if (!template || !deployment) return undefined
  const before = parent.status?.templateGeneration
  if (isRolling(deployment) && before !== undefined) return before
  const built = Number(deployment.metadata?.annotations?.[annotations.templateGeneration])
  return Number.isInteger(built) ? built : before
}

/** While it rolls: what for, and what holds it up. */
export const reconciling = (sight: AgentSight): ConditionUpdate | undefined => {
  const { parent, template, deployment } = sight
  if (!deployment || !isRolling(deployment)) return undefined
  const before = parent.status?.templateGeneration
  const next = template?.metadata.generation
  const isNewTemplate = before !== undefined && next !== undefined && before !== next
  const why = isNewTemplate
    ? `, for AgentTemplate ${template?.metadata.name} went from generation ${before} to ${next}`
    : ''
  const trouble = troubleOfServer(sight)
  const held = trouble === undefined ? '' : `; ${trouble}`
  const message = `Deployment ${serverName(parent.metadata.name)} is replacing the server${why}${held}`
  return { type: 'Reconciling', status: 'True', reason: 'RollingOut', message }
}
