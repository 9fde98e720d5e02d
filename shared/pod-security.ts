import type { PodSpec } from '../crds/pod-spec.ts'

/** The levels of https://kubernetes.io/docs/concepts/security/pod-security-standards/ that refuse something. */
export type PodSecurityLevel = 'baseline' | 'restricted'

/** A field of `spec.podSpec` for which a namespace of that level, and of the ones above it, refuses the Pod. */
export interface PodSecurityFault {
  readonly level: PodSecurityLevel
  readonly field: string
  readonly says: string
}

type Container = NonNullable<PodSpec['securityContext']>
type Pod = NonNullable<PodSpec['podSecurityContext']>

const baselineCapabilities = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
])

const safeSysctls = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
])

const seLinuxTypes = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'])

/** Volumes that `restricted` knows; the schema has one more member, the name. */
const restrictedVolumes = new Set([
  'name',
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
])

type Rule<T> = {
  readonly level: PodSecurityLevel
  readonly field: string
  readonly says: string
  readonly isBroken: (of: T) => boolean
}

/** What a container and a Pod can both say. */
const shared: readonly Rule<Container & Pod>[] = [
  {
    level: 'baseline',
    field: 'seccompProfile',
    says: 'lets the agent use every system call',
    isBroken: ({ seccompProfile }) => seccompProfile?.type === 'Unconfined',
  },
  {
    level: 'baseline',
    field: 'appArmorProfile',
    says: 'takes the node’s profile away',
    isBroken: ({ appArmorProfile }) => appArmorProfile?.type === 'Unconfined',
  },
  {
    level: 'baseline',
    field: 'seLinuxOptions',
    says: 'chooses how the node confines the agent',
    isBroken: ({ seLinuxOptions: of }) =>
      of !== undefined && (!seLinuxTypes.has(of.type ?? '') || (of.user ?? '') !== '' || (of.role ?? '') !== ''),
  },
  {
    level: 'restricted',
    field: 'runAsUser',
    says: 'runs the agent as root',
    isBroken: ({ runAsUser }) => runAsUser === 0,
  },
  {
    level: 'restricted',
    field: 'runAsNonRoot',
    says: 'lets the agent run as root',
    isBroken: ({ runAsNonRoot }) => runAsNonRoot === false,
  },
]

const containers: readonly Rule<Container>[] = [
  {
    level: 'baseline',
    field: 'privileged',
    says: 'makes the agent root on its node',
    isBroken: ({ privileged }) => privileged === true,
  },
  {
    level: 'baseline',
    field: 'capabilities.add',
    says: 'gives the agent rights over its node',
    isBroken: ({ capabilities }) => (capabilities?.add ?? []).some((name) => !baselineCapabilities.has(name)),
  },
  {
    level: 'baseline',
    field: 'procMount',
    says: "shows the agent the node's /proc",
    isBroken: ({ procMount }) => procMount === 'Unmasked',
  },
  {
    level: 'restricted',
    field: 'capabilities.add',
    says: 'gives the agent more rights than it needs',
    isBroken: ({ capabilities }) => {
      const added = (capabilities?.add ?? []).filter((name) => name !== 'NET_BIND_SERVICE')
      return added.length > 0 && added.every((name) => baselineCapabilities.has(name))
    },
  },
  {
    level: 'restricted',
    field: 'allowPrivilegeEscalation',
    says: 'lets a process gain more rights than it started with',
    isBroken: ({ allowPrivilegeEscalation }) => allowPrivilegeEscalation === true,
  },
]

const pods: readonly Rule<Pod>[] = [
  {
    level: 'baseline',
    field: 'sysctls',
    says: 'changes kernel parameters that others on the node share',
    isBroken: ({ sysctls }) => (sysctls ?? []).some(({ name }) => !safeSysctls.has(name)),
  },
]

const broken = <T>(rules: readonly Rule<T>[], side: string, of: T | undefined): PodSecurityFault[] =>
  of === undefined
    ? []
    : rules
        .filter(({ isBroken }) => isBroken(of))
        .map(({ level, field, says }) => ({ level, field: `spec.podSpec.${side}.${field}`, says }))

/** What a user's own securityContext leaves out; it takes the place of the default, which has all of it. */
const leftOut = ({ securityContext: container, podSecurityContext: pod }: PodSpec): PodSecurityFault[] => {
  if (!container) return []
  const lacks = (field: string, says: string): PodSecurityFault => ({
    level: 'restricted',
    field: `spec.podSpec.securityContext.${field}`,
    says,
  })
  return [
    ...(container.allowPrivilegeEscalation === undefined
      ? [lacks('allowPrivilegeEscalation', 'is left out and would be true: set it to false')]
      : []),
    ...((container.capabilities?.drop ?? []).includes('ALL')
      ? []
      : [lacks('capabilities.drop', 'is left out: set it to [ALL]')]),
    ...(container.seccompProfile || pod?.seccompProfile
      ? []
      : [lacks('seccompProfile', 'is left out: set its type to RuntimeDefault')]),
  ]
}

/** A user's own podSecurityContext takes the place of the one that says that nothing runs as root. */
const mayBeRoot = ({ securityContext: container, podSecurityContext: pod }: PodSpec): PodSecurityFault[] =>
  pod && pod.runAsNonRoot === undefined && container?.runAsNonRoot === undefined
    ? [
        {
          level: 'restricted',
          field: 'spec.podSpec.podSecurityContext.runAsNonRoot',
          says: 'is left out: set it to true',
        },
      ]
    : []

const volumes = ({ extraVolumes = [] }: PodSpec): PodSecurityFault[] =>
  extraVolumes.flatMap((volume, index): PodSecurityFault[] => {
    const field = (member: string): string => `spec.podSpec.extraVolumes[${index}].${member}`
    if (volume.hostPath)
      return [{ level: 'baseline', field: field('hostPath'), says: 'gives the agent files of its node' }]
    return Object.keys(volume)
      .filter((member) => !restrictedVolumes.has(member))
      .map((member) => ({
        level: 'restricted',
        field: field(member),
        says: 'is a kind of volume that may reach beyond the namespace',
      }))
  })

/** What in a `podSpec` a level of Pod Security refuses. What is not set is the project's default, which passes all levels. */
export const podSecurityFaults = (podSpec: PodSpec = {}): PodSecurityFault[] => {
  const { securityContext, podSecurityContext } = podSpec
  return [
    ...broken([...shared, ...containers], 'securityContext', securityContext),
    ...broken([...shared, ...pods], 'podSecurityContext', podSecurityContext),
    ...leftOut(podSpec),
    ...mayBeRoot(podSpec),
    ...volumes(podSpec),
  ]
}

const order = { baseline: 0, restricted: 1 } as const

/** Whether a namespace with that `pod-security.kubernetes.io/enforce` label refuses a Pod for `fault`. */
export const isRefusedAt = (enforced: string | undefined, fault: PodSecurityFault): boolean =>
  (enforced === 'baseline' || enforced === 'restricted') && order[fault.level] <= order[enforced]
