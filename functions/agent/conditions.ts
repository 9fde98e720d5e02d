import type { AgentPhase } from '../../crds/agent.ts'
import { SHORTEST_IDLE_SECONDS } from '../../crds/agent.ts'
import { durationSeconds } from '../../crds/duration.ts'
import type { AgentReason } from '../../crds/reasons.ts'
import type { ConditionUpdate } from '../../shared/conditions.ts'
import type { Fault } from './faults.ts'
import { isDeploymentReady } from './readiness.ts'
import { endOfServer, troubleOfServer } from './server-trouble.ts'
import type { AgentSight } from './sight.ts'
import { isInStandby } from './standby.ts'

export const condition = (
  type: string,
  status: ConditionUpdate['status'],
  reason: AgentReason,
  message: string,
): ConditionUpdate => ({ type, status, reason, message })

export const phaseOf = (
  fault: Fault | undefined,
  isSuspended: boolean,
  isReady: boolean,
  wasReady: boolean,
): AgentPhase => {
  if (fault) return 'Invalid'
  if (isSuspended) return 'Suspended'
  if (isReady) return 'Ready'
  return wasReady ? 'NotReady' : 'Pending'
}

export const suspendedReason = ({ parent }: AgentSight): 'Standby' | 'UserRequested' =>
  isInStandby(parent) ? 'Standby' : 'UserRequested'

/** Why the server does not answer yet, or not any more. */
const waitingFor = (sight: AgentSight): string => {
  const { deployment, isAccountMissing, missingStorageClasses, profile, parent } = sight
  if (isAccountMissing)
    return `ServiceAccount ${parent.metadata.namespace}/${profile.serviceAccountName} does not exist; create it`
  const [storageClass] = missingStorageClasses
  if (storageClass !== undefined)
    return `StorageClass ${storageClass} does not exist; create it, or delete the Agent and create it with another`
  if (!deployment) return 'the Deployment is being created'
  const before = endOfServer(sight)
  return troubleOfServer(sight) ?? `the server is starting${before === undefined ? '' : ` again: ${before}`}`
}

/** What is seen of an Agent, on one page. */
export interface Look {
  readonly fault: Fault | undefined
  readonly isSuspended: boolean
  /** Tasks at work that a suspended Agent keeps its server for. */
  readonly keeping: number
  readonly isReady: boolean
}

export const suspension = ({ keeping }: Look): string =>
  keeping === 0
    ? 'the server is scaled to zero; volumes and Service are kept'
    : `no Task begins; the server is kept until ${keeping === 1 ? 'the Task that runs on it has' : `the ${keeping} Tasks that run on it have`} ended or are stopped`

export const conditionsOf = (sight: AgentSight, look: Look): ConditionUpdate[] => {
  const { fault, isSuspended, keeping, isReady } = look
  const { parent, deployment } = sight
  const { name } = parent.metadata
  const suspended = isSuspended
    ? condition('Suspended', 'True', suspendedReason(sight), suspension(look))
    : condition('Suspended', 'False', 'Active', 'the Agent is not suspended')
  if (isSuspended) {
    const message = `Agent ${name} is suspended`
    return [
      condition('ServerReady', 'False', 'Suspended', message),
      keeping > 0 && deployment && isDeploymentReady(deployment)
        ? condition('ServerHealthy', 'True', 'DeploymentHealthy', `the server of Agent ${name} still answers`)
        : condition('ServerHealthy', 'False', 'Suspended', message),
      suspended,
      fault
        ? condition('Ready', 'False', fault.reason, fault.message)
        : condition('Ready', 'True', 'Suspended', `${message}, as asked`),
    ]
  }
  if (isReady) {
    const message = `the server of Agent ${name} takes Tasks`
    return [
      condition('ServerReady', 'True', 'DeploymentReady', message),
      condition('ServerHealthy', 'True', 'DeploymentHealthy', message),
      suspended,
      fault ? condition('Ready', 'False', fault.reason, fault.message) : condition('Ready', 'True', 'Ready', message),
    ]
  }
  const message = fault?.message ?? waitingFor(sight)
  const isClassMissing = sight.missingStorageClasses.length > 0
  const missing = sight.isAccountMissing ? 'InvalidServiceAccount' : isClassMissing ? 'InvalidStorageClass' : undefined
  const reason = fault?.reason ?? missing ?? 'DeploymentNotReady'
  return [
    condition('ServerReady', 'False', 'DeploymentNotReady', message),
    condition('ServerHealthy', 'False', deployment ? 'DeploymentNotReady' : 'DeploymentNotFound', message),
    suspended,
    condition('Ready', 'False', reason, message),
  ]
}

/** Conditions that are there only while they hold. */
export const passing = ['StandbyConfigWarning', 'ServerPasswordWarning', 'Reconciling'] as const

export const standbyWarning = ({ parent }: AgentSight): ConditionUpdate | undefined => {
  const { idleTimeout } = parent.spec.standby ?? {}
  if (idleTimeout === undefined || (durationSeconds(idleTimeout) ?? 0) >= SHORTEST_IDLE_SECONDS) return undefined
  const message = `spec.standby.idleTimeout is ${idleTimeout}, which stops the server between two Tasks; 2m or more keeps it useful`
  return condition('StandbyConfigWarning', 'True', 'IdleTimeoutTooShort', message)
}
