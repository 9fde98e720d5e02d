import type { Profile } from '../../shared/merge-template.ts'
import type { PodSecurityContext, ResourceRequirements, SecurityContext } from 'kubernetes-types/core/v1'
import type { Settings } from './settings.ts'

/** Of Pod Security's `restricted` profile; a user's own securityContext takes its place in every container. */
const restricted: SecurityContext = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
}

export const containerSecurity = (profile: Profile): SecurityContext =>
  (profile.podSpec?.securityContext as SecurityContext | undefined) ?? restricted

/** The user and group of the project's own images. */
const imageUser = 1000

/**
 * Pod-wide settings. With the project's own images, which run as a numeric non-root user, the Pod says so, as
 * `restricted` demands; whether a user's image runs as root is not known here, so nothing is claimed for it.
 */
export const podSecurity = (profile: Profile, settings: Settings): PodSecurityContext | undefined => {
  const given = profile.podSpec?.podSecurityContext as PodSecurityContext | undefined
  if (given) return given
  const own: readonly string[] = Object.values(settings.images)
  const chosen = [profile.agentImage, profile.executorImage, profile.attachImage].filter((image) => image !== undefined)
  if (!chosen.every((image) => own.includes(image))) return undefined
  return { runAsNonRoot: true, fsGroup: imageUser, fsGroupChangePolicy: 'OnRootMismatch' }
}

const defaultResources: ResourceRequirements = { requests: { memory: '512Mi' }, limits: { memory: '4Gi' } }

export const mainResources = (profile: Profile): ResourceRequirements => profile.podSpec?.resources ?? defaultResources
