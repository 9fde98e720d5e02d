import type { Profile } from '../../shared/merge-template.ts'
import type { Container, Volume, VolumeMount } from 'kubernetes-types/core/v1'
import { imagePullPolicy } from '../../shared/images.ts'
import { isBelow } from '../../shared/paths.ts'
import type { FileMapping } from '../pod/mappings.ts'
import type { File } from './context-files.ts'
import { toolsDir } from './directories.ts'
import { literal } from './env.ts'
import type { Settings } from './settings.ts'

/** What a group of init containers adds to a Pod: themselves, their volumes, and what the main container sees of them. */
export interface PodParts {
  readonly initContainers: Container[]
  readonly volumes: Volume[]
  readonly mounts: VolumeMount[]
}

export const toolsMount: VolumeMount = { name: 'tools', mountPath: toolsDir }
const filesMountPath = '/context-files'

export const workspaceMount = (profile: Profile): VolumeMount => ({
  name: 'workspace',
  mountPath: profile.workspaceDir ?? '',
})

export const helper = (name: string, settings: Settings): Pick<Container, 'name' | 'image' | 'imagePullPolicy'> => ({
  name,
  image: settings.images.system,
  imagePullPolicy: settings.systemPullPolicy,
})

/** Copies OpenCode and the runner to where every later container finds them. */
export const openCodeInit = (profile: Profile, settings: Settings): Container => {
  const image = profile.agentImage ?? settings.images.agent
  return {
    name: 'opencode-init',
    image,
    imagePullPolicy: imagePullPolicy(image),
    env: [{ name: 'TOOLS_DIR', value: toolsDir }],
    volumeMounts: [toolsMount],
  }
}

/** Key of a file in the ConfigMap; the position keeps two paths that look alike apart. */
export const fileKey = (index: number): string => `file-${index}`

/**
 * Files below the workspace and the tools directory are copied by context-init where they may change (`areKept` is
 * false); every other file is mounted straight from the ConfigMap.
 */
export const fileParts = (
  files: readonly File[],
  configMapName: string,
  profile: Profile,
  settings: Settings,
  areKept: boolean,
): PodParts => {
  if (files.length === 0) return { initContainers: [], volumes: [], mounts: [] }
  const workspaceDir = profile.workspaceDir ?? ''
  const keyed = files.map((file, index) => ({ ...file, key: fileKey(index) }))
  const copied = areKept ? [] : keyed.filter(({ path }) => isBelow(workspaceDir, path) || isBelow(toolsDir, path))
  const mounted = keyed.filter((file) => !copied.includes(file))
  const mappings: FileMapping[] = copied.map(({ key, path, mode }) => ({ key, path, mode }))
  const copies: Container = {
    ...helper('context-init', settings),
    args: ['context-init'],
    env: [
      { name: 'WORKSPACE_DIR', value: workspaceDir },
      { name: 'CONFIGMAP_PATH', value: filesMountPath },
      literal('FILE_MAPPINGS', JSON.stringify(mappings)),
    ],
    volumeMounts: [
      { name: 'context-files', mountPath: filesMountPath, readOnly: true },
      toolsMount,
      workspaceMount(profile),
    ],
  }
  return {
    initContainers: copied.length > 0 ? [copies] : [],
    volumes: [
      {
        name: 'context-files',
        configMap: { name: configMapName, items: keyed.map(({ key, mode }) => ({ key, path: key, mode })) },
      },
    ],
    mounts: mounted.map(({ key, path }) => ({ name: 'context-files', mountPath: path, subPath: key, readOnly: true })),
  }
}
