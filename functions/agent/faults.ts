import type { AgentReason } from '../../crds/reasons.ts'
import { configFault } from '../../shared/opencode-config/check.ts'
import { accountSecurity, faultText, imageSecurity, sourceSecurity } from '../../shared/security.ts'
import type { ContextFault } from '../workload/context-files.ts'
import { mountFaults } from '../workload/mount-faults.ts'
import { ownerFault } from './owner-fault.ts'
import type { AgentSight } from './sight.ts'

/** What keeps an Agent from being built. */
export interface Fault {
  readonly reason: AgentReason
  readonly message: string
  readonly isPassing: boolean
}

/** References that lead nowhere, before anything is built on them. */
const templateFault = ({ parent, template }: AgentSight): Fault | undefined => {
  const { templateRef } = parent.spec
  if (!templateRef || template) return undefined
  const message = `AgentTemplate ${parent.metadata.namespace}/${templateRef.name} does not exist; create it or correct spec.templateRef`
  return { reason: 'InvalidTemplateRef', message, isPassing: true }
}

/** Somebody may remove what stands in its way, and does not tell us. */
const invalidOwner = (sight: AgentSight): Fault | undefined => {
  const message = ownerFault(sight)
  return message === undefined ? undefined : { reason: 'InvalidOwner', message, isPassing: true }
}

/** OpenCode would not start with it. Admission refuses such a configuration, but may have been away. */
const invalidConfig = ({ parent, profile }: AgentSight): Fault | undefined => {
  const fault = configFault(profile.config)
  if (fault === undefined) return undefined
  const isInherited = parent.spec.config === undefined && parent.spec.templateRef !== undefined
  const message = isInherited ? `AgentTemplate ${parent.spec.templateRef?.name}: ${fault}` : fault
  return { reason: 'InvalidConfig', message, isPassing: false }
}

/** Admission refuses what the cluster does not allow, but may not have known it: the settings came later, or too late. */
const forbidden = ({ profile, settings: { security } }: AgentSight): Fault | undefined => {
  const [account] = accountSecurity(profile, security)
  if (account) return { reason: 'InvalidServiceAccount', message: faultText(account), isPassing: false }
  const images = imageSecurity(profile, security)
  if (images.length > 0) return { reason: 'InvalidSpec', message: images.map(faultText).join('; '), isPassing: false }
  const sources = sourceSecurity(profile, security)
  if (sources.length === 0) return undefined
  return { reason: 'InvalidContext', message: sources.map(faultText).join('; '), isPassing: false }
}

const contextFault = (faults: readonly ContextFault[]): Fault | undefined =>
  faults.length === 0
    ? undefined
    : {
        reason: 'InvalidContext',
        message: faults.map(({ message }) => message).join('; '),
        isPassing: faults.some(({ isPassing }) => isPassing),
      }

/** The first that is found, the one that others may come of before those. */
export const faultOf = (sight: AgentSight, layout: readonly ContextFault[]): Fault | undefined =>
  templateFault(sight) ??
  invalidOwner(sight) ??
  forbidden(sight) ??
  invalidConfig(sight) ??
  contextFault([...mountFaults(sight.profile), ...layout])
