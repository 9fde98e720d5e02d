import type { PodSecurityContext, Probe, SecurityContext } from 'kubernetes-types/core/v1'

/** Of the installation's own Pods, as the profile `restricted` asks: https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
export const podSecurity: PodSecurityContext = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } }

export const containerSecurity: SecurityContext = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
}

export const probe = (path: string): Probe => ({ httpGet: { path, port: 'probes' }, timeoutSeconds: 5 })
