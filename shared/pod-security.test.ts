import { describe, expect, test } from 'vitest'
import type { PodSpec } from '../crds/pod-spec.ts'
import { isRefusedAt, podSecurityFaults } from './pod-security.ts'

/** What a container has to say itself once it says anything. */
const strict: NonNullable<PodSpec['securityContext']> = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
}

interface Case {
  readonly name: string
  readonly podSpec: PodSpec
  readonly baseline?: readonly string[]
  readonly restricted?: readonly string[]
}

const cases: readonly Case[] = [
  { name: 'nothing', podSpec: {} },
  {
    name: 'what restricted asks for',
    podSpec: { securityContext: strict, podSecurityContext: { runAsNonRoot: true, fsGroup: 7 } },
  },
  {
    name: 'a low port',
    podSpec: { securityContext: { ...strict, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } } },
  },
  {
    name: 'seccomp said by the Pod',
    podSpec: {
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    },
  },
  {
    name: 'privileged',
    podSpec: { securityContext: { ...strict, privileged: true } },
    baseline: ['securityContext.privileged'],
  },
  {
    name: 'a capability over the node',
    podSpec: { securityContext: { ...strict, capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } } },
    baseline: ['securityContext.capabilities.add'],
  },
  {
    name: 'an old default capability',
    podSpec: { securityContext: { ...strict, capabilities: { drop: ['ALL'], add: ['CHOWN'] } } },
    restricted: ['securityContext.capabilities.add'],
  },
  {
    name: 'the node’s /proc',
    podSpec: { securityContext: { ...strict, procMount: 'Unmasked' } },
    baseline: ['securityContext.procMount'],
  },
  {
    name: 'every system call',
    podSpec: { podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: 'Unconfined' } } },
    baseline: ['podSecurityContext.seccompProfile'],
  },
  {
    name: 'no AppArmor',
    podSpec: { podSecurityContext: { runAsNonRoot: true, appArmorProfile: { type: 'Unconfined' } } },
    baseline: ['podSecurityContext.appArmorProfile'],
  },
  {
    name: 'an SELinux user',
    podSpec: { podSecurityContext: { runAsNonRoot: true, seLinuxOptions: { user: 'system_u' } } },
    baseline: ['podSecurityContext.seLinuxOptions'],
  },
  {
    name: 'an SELinux type for containers',
    podSpec: { podSecurityContext: { runAsNonRoot: true, seLinuxOptions: { type: 'container_t' } } },
  },
  {
    name: 'a kernel parameter',
    podSpec: { podSecurityContext: { runAsNonRoot: true, sysctls: [{ name: 'kernel.msgmax', value: '1' }] } },
    baseline: ['podSecurityContext.sysctls'],
  },
  {
    name: 'a harmless kernel parameter',
    podSpec: { podSecurityContext: { runAsNonRoot: true, sysctls: [{ name: 'net.ipv4.tcp_syncookies', value: '1' }] } },
  },
  {
    name: 'root',
    podSpec: { securityContext: { ...strict, runAsUser: 0 } },
    restricted: ['securityContext.runAsUser'],
  },
  {
    name: 'perhaps root',
    podSpec: { podSecurityContext: { fsGroup: 1 } },
    restricted: ['podSecurityContext.runAsNonRoot'],
  },
  {
    name: 'a context that leaves all out',
    podSpec: { securityContext: {} },
    restricted: [
      'securityContext.allowPrivilegeEscalation',
      'securityContext.capabilities.drop',
      'securityContext.seccompProfile',
    ],
  },
  {
    name: 'a file of the node',
    podSpec: { extraVolumes: [{ name: 'a', hostPath: { path: '/' } }] },
    baseline: ['extraVolumes[0].hostPath'],
  },
  {
    name: 'a network volume',
    podSpec: { extraVolumes: [{ name: 'a', nfs: { server: 's', path: '/' } }] },
    restricted: ['extraVolumes[0].nfs'],
  },
  { name: 'an ordinary volume', podSpec: { extraVolumes: [{ name: 'a', emptyDir: {} }] } },
]

const fieldsAt = (enforced: string | undefined, podSpec: PodSpec): string[] =>
  podSecurityFaults(podSpec)
    .filter((fault) => isRefusedAt(enforced, fault))
    .map(({ field }) => field.replace('spec.podSpec.', ''))

describe('what a namespace refuses', () => {
  test.each(cases)('$name', ({ podSpec, baseline = [], restricted = [] }) => {
    expect(fieldsAt('privileged', podSpec)).toEqual([])
    expect(fieldsAt(undefined, podSpec)).toEqual([])
    expect(fieldsAt('baseline', podSpec)).toEqual(baseline)
    expect(fieldsAt('restricted', podSpec)).toEqual([...baseline, ...restricted])
  })
})
