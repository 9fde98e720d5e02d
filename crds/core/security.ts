import * as z from 'zod'

const profileShape = {
  type: z.enum(['RuntimeDefault', 'Localhost', 'Unconfined']).describe('Which profile.'),
  localhostProfile: z.string().exactOptional().describe('Profile on the node, for Localhost.'),
}
const profileRelevant = {
  appArmorProfile: z.object(profileShape).exactOptional().describe('AppArmor profile.'),
  seccompProfile: z.object(profileShape).exactOptional().describe('Seccomp profile.'),
  seLinuxOptions: z
    .object({
      user: z.string().exactOptional().describe('SELinux user.'),
      role: z.string().exactOptional().describe('SELinux role.'),
      type: z.string().exactOptional().describe('SELinux type.'),
      level: z.string().exactOptional().describe('SELinux level.'),
    })
    .exactOptional()
    .describe('SELinux context.'),
  runAsUser: z.int().min(0).exactOptional().describe('User id of the processes.'),
  runAsGroup: z.int().min(0).exactOptional().describe('Group id of the processes.'),
  runAsNonRoot: z.boolean().exactOptional().describe('Whether running as root is refused.'),
}

/** Of one container: https://kubernetes.io/docs/tasks/configure-pod-container/security-context/ */
export const SecurityContext = z.object({
  ...profileRelevant,
  allowPrivilegeEscalation: z
    .boolean()
    .exactOptional()
    .describe('Whether a process may gain more than its parent has.'),
  privileged: z.boolean().exactOptional().describe('Whether the container is root on the node.'),
  readOnlyRootFilesystem: z.boolean().exactOptional().describe('Whether only volumes can be written to.'),
  procMount: z.enum(['Default', 'Unmasked']).exactOptional().describe('How /proc is mounted.'),
  capabilities: z
    .object({
      add: z.array(z.string()).exactOptional().describe('Capabilities to add.'),
      drop: z.array(z.string()).exactOptional().describe('Capabilities to drop.'),
    })
    .exactOptional()
    .describe('Linux capabilities.'),
})

/** Of the whole Pod. */
export const PodSecurityContext = z.object({
  ...profileRelevant,
  fsGroup: z.int().min(0).exactOptional().describe('Group that owns the volumes.'),
  fsGroupChangePolicy: z
    .enum(['OnRootMismatch', 'Always'])
    .exactOptional()
    .describe('When the ownership of volumes is changed.'),
  seLinuxChangePolicy: z
    .enum(['MountOption', 'Recursive'])
    .exactOptional()
    .describe('How volumes get their SELinux label.'),
  supplementalGroups: z.array(z.int().min(0)).exactOptional().describe('Further groups of the processes.'),
  supplementalGroupsPolicy: z
    .enum(['Merge', 'Strict'])
    .exactOptional()
    .describe("Whether the image's groups count as well."),
  sysctls: z
    .array(z.object({ name: z.string().describe('Name.'), value: z.string().describe('Value.') }))
    .exactOptional()
    .describe('Kernel parameters of the Pod.'),
})
