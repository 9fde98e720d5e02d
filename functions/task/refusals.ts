import { conditionOf } from '../../shared/conditions.ts'
import { isFinished } from '../../shared/finished.ts'
import { isControlledBy } from '../../shared/kubernetes.ts'
import { configFault } from '../../shared/opencode-config/check.ts'
import type { Plan } from '../../shared/plan.ts'
import { nothing } from '../../shared/plan.ts'
import { accountSecurity, contextSecurity, faultText, imageSecurity, sourceSecurity } from '../../shared/security.ts'
import { taskConfigMapName, taskPodName } from '../workload/names.ts'
import { withRemedy } from '../workload/remedies.ts'
import { failedBeforeStart, isFalse, note, report } from './report.ts'
import type { Step } from './settle.ts'
import { ownPod } from './settle.ts'
import type { TaskSight } from './sight.ts'
import { nextHints, withWake } from './wakes.ts'

/** A name that somebody else holds is neither adopted nor overwritten. */
export const refuseForeignObjects: Step = (sight, now) => {
  const { parent, pod, configMap } = sight
  const { name, namespace = '' } = parent.metadata
  const remedy = 'rename the Task or remove that object'
  if (pod && !ownPod(sight))
    return failedBeforeStart(
      sight,
      now,
      'PodCreationError',
      `Pod ${namespace}/${taskPodName(name)} belongs to another owner; ${remedy}`,
    )
  if (configMap && !isControlledBy(configMap, parent.metadata.uid))
    return failedBeforeStart(
      sight,
      now,
      'ConfigMapCreationError',
      `ConfigMap ${namespace}/${taskConfigMapName(name)} belongs to another owner; ${remedy}`,
    )
  return undefined
}

/** A template that OpenCode could not start from. Admission refuses it, but may have been away. */
export const refuseInvalidConfig: Step = (sight, now) => {
  const { target } = sight
  if (target.kind !== 'template') return undefined
  const fault = configFault(target.profile.config)
  return fault === undefined
    ? undefined
    : failedBeforeStart(sight, now, 'AgentError', `AgentTemplate ${target.name}: ${fault}`)
}

/** Admission refuses what the cluster does not allow, but may not have known it: the settings came later, or too late. */
export const refuseForbidden: Step = (sight, now) => {
  const { parent, target, settings } = sight
  const faults = contextSecurity('spec.contexts', parent.spec.contexts, settings.security)
  if (faults.length > 0) return failedBeforeStart(sight, now, 'ContextError', faults.map(faultText).join('; '))
  if (target.kind !== 'template') return undefined
  const { profile, name } = target
  const { security } = settings
  const inherited = [
    ...accountSecurity(profile, security),
    ...imageSecurity(profile, security),
    ...sourceSecurity(profile, security),
  ]
  if (inherited.length === 0) return undefined
  return failedBeforeStart(sight, now, 'AgentError', `AgentTemplate ${name}: ${inherited.map(faultText).join('; ')}`)
}

/** The apiserver refused the ConfigMap or the Pod for good: Pod Security, a webhook, an invalid field. */
export const taskRefused = (sight: TaskSight, message: string, now: Date): Plan => {
  if (sight.pod) return nothing
  const reason = message.includes('ConfigMap') ? 'ConfigMapCreationError' : 'PodCreationError'
  return withWake(
    sight,
    failedBeforeStart(sight, now, reason, withRemedy(message, sight.parent.metadata.namespace)),
    now,
  )
}

/** Others keep the apiserver from taking the Pod: a quota until there is room, a webhook until it answers. */
export const taskHindered = (sight: TaskSight, refusal: string, now: Date): Plan => {
  if (sight.pod || isFinished(sight.parent)) return nothing
  const message = `${withRemedy(refusal, sight.parent.metadata.namespace)}; it is tried again`
  const isNews = conditionOf(sight.parent.status?.conditions, 'Ready')?.reason !== 'PodPending'
  return {
    status: report(sight, now, { phase: 'Pending', conditions: [isFalse('Ready', 'PodPending', message)] }),
    ...(isNews && {
      events: [note('Warning', 'PodCreationFailed', 'StartTask', message)],
      hints: nextHints(sight, now),
    }),
  }
}
