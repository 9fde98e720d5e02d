import * as z from 'zod'
import { ExtraEnv, ExtraVolumeMounts, Lifecycle, Resources } from './core/container.ts'
import { Scheduling } from './core/scheduling.ts'
import { PodSecurityContext, SecurityContext } from './core/security.ts'
import { ExtraVolumes } from './core/volume.ts'
import { ObjectName, StringMap } from './scalars.ts'

const SystemContainer = z.object({
  extraEnv: ExtraEnv.exactOptional().describe('Further environment variables.'),
  extraVolumeMounts: ExtraVolumeMounts.exactOptional().describe('Further mounts of extraVolumes.'),
})

/** How the Pods of an Agent or of a template's Tasks differ from the default. */
export const PodSpec = z.object({
  labels: StringMap.exactOptional().describe('Further labels of the Pods. They never replace a label of the project.'),
  annotations: StringMap.exactOptional().describe('Further annotations of the Pods.'),
  scheduling: Scheduling.exactOptional().describe('Where the Pods run.'),
  runtimeClassName: ObjectName.exactOptional().describe('RuntimeClass of the Pods, such as gvisor.'),
  resources: Resources.exactOptional().describe(
    'CPU, memory and other resources of the main container, and of each that runs before it.',
  ),
  securityContext: SecurityContext.exactOptional().describe('Replaces the restricted default of every container.'),
  podSecurityContext: PodSecurityContext.exactOptional().describe('Security settings of the whole Pod.'),
  lifecycle: Lifecycle.exactOptional().describe('Hooks of the main container.'),
  extraVolumes: ExtraVolumes.exactOptional().describe('Further volumes of the Pods.'),
  extraVolumeMounts: ExtraVolumeMounts.exactOptional().describe('Further mounts of the main container.'),
  extraEnv: ExtraEnv.exactOptional().describe('Further environment variables of every container.'),
  systemContainers: z
    .object({
      openCodeInit: SystemContainer.exactOptional().describe('Copies OpenCode into the Pod.'),
      contextInit: SystemContainer.exactOptional().describe('Writes contexts into the workspace.'),
      gitInit: SystemContainer.exactOptional().describe('Clones repositories.'),
      gitSync: SystemContainer.exactOptional().describe('Follows repositories.'),
      pluginInit: SystemContainer.exactOptional().describe('Installs plugins.'),
    })
    .exactOptional()
    .describe("Additions to the project's own containers."),
})
export type PodSpec = z.infer<typeof PodSpec>
