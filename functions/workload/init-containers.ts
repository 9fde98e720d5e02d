import type { Profile } from '../../shared/merge-template.ts'
import type { ContextItem } from '../../crds/context.ts'
import { resolveMountPath } from '../../crds/paths.ts'
import type { Container, EnvVar, Volume, VolumeMount } from 'kubernetes-types/core/v1'
import { imagePullPolicy } from '../../shared/images.ts'
import { isBelow } from '../../shared/paths.ts'
import type { FileMapping } from '../pod/mappings.ts'
import type { File } from './context-files.ts'
import { toolsDir } from './environment.ts'
import type { Settings } from './settings.ts'

/** What a group of init containers adds to a Pod: themselves, their volumes, and what the main container sees of them. */
export interface PodParts {
  readonly initContainers: Container[]
  readonly volumes: Volume[]
  readonly mounts: VolumeMount[]
}

const toolsMount: VolumeMount = { name: 'tools', mountPath: toolsDir }
const filesMountPath = '/context-files'

export const workspaceMount = (profile: Profile): VolumeMount => ({
  name: 'workspace',
  mountPath: profile.workspaceDir ?? '',
})

const helper = (name: string, settings: Settings): Pick<Container, 'name' | 'image' | 'imagePullPolicy'> => ({
  name,
  image: settings.images.system,
  imagePullPolicy: settings.systemPullPolicy,
})

/** Copies OpenCode and the runner to where every later container finds them. */
export const openCodeInit = (profile: Profile, settings: Settings): Container => {
  const image = profile.agentImage ?? settings.images.agent
  const extra = profile.podSpec?.systemContainers?.openCodeInit
  return {
    name: 'opencode-init',
    image,
    imagePullPolicy: imagePullPolicy(image),
    env: [{ name: 'TOOLS_DIR', value: toolsDir }, ...((extra?.extraEnv ?? []) as EnvVar[])],
    volumeMounts: [toolsMount, ...((extra?.extraVolumeMounts ?? []) as VolumeMount[])],
  }
}

/** Key of a file in the ConfigMap; the position keeps two paths that look alike apart. */
export const fileKey = (index: number): string => `file-${index}`

/**
 * Files below the workspace and the tools directory are copied by context-init, so that the agent may edit them;
 * a file elsewhere is mounted straight from the ConfigMap.
 */
export const fileParts = (
  files: readonly File[],
  configMapName: string,
  profile: Profile,
  settings: Settings,
): PodParts => {
  if (files.length === 0) return { initContainers: [], volumes: [], mounts: [] }
  const workspaceDir = profile.workspaceDir ?? ''
  const keyed = files.map((file, index) => ({ ...file, key: fileKey(index) }))
  const copied = keyed.filter(({ path }) => isBelow(workspaceDir, path) || isBelow(toolsDir, path))
  const mounted = keyed.filter((file) => !copied.includes(file))
  const mappings: FileMapping[] = copied.map(({ key, path, mode }) => ({ key, path, mode }))
  const extra = profile.podSpec?.systemContainers?.contextInit
  return {
    initContainers: [
      {
        ...helper('context-init', settings),
        args: ['context-init'],
        env: [
          { name: 'WORKSPACE_DIR', value: workspaceDir },
          { name: 'CONFIGMAP_PATH', value: filesMountPath },
          { name: 'FILE_MAPPINGS', value: JSON.stringify(mappings) },
          ...((extra?.extraEnv ?? []) as EnvVar[]),
        ],
        volumeMounts: [
          { name: 'context-files', mountPath: filesMountPath, readOnly: true },
          toolsMount,
          workspaceMount(profile),
          ...((extra?.extraVolumeMounts ?? []) as VolumeMount[]),
        ],
      },
    ],
    volumes: [
      {
        name: 'context-files',
        configMap: { name: configMapName, items: keyed.map(({ key, mode }) => ({ key, path: key, mode })) },
      },
    ],
    mounts: mounted.map(({ key, path }) => ({ name: 'context-files', mountPath: path, subPath: key, readOnly: true })),
  }
}

const gitRoot = '/git'
const gitLink = 'repo'

const secretEnv = (name: string, secret: string, key: string): EnvVar => ({
  name,
  valueFrom: { secretKeyRef: { name: secret, key, optional: true } },
})

/** One clone per Git context. One that is mounted at the workspace itself is copied into it, any other is mounted. */
export const gitParts = (items: readonly ContextItem[], profile: Profile, settings: Settings): PodParts => {
  const parts: PodParts = { initContainers: [], volumes: [], mounts: [] }
  const workspaceDir = profile.workspaceDir ?? ''
  const extra = profile.podSpec?.systemContainers?.gitInit
  const repositories = items.flatMap(({ git, mountPath }) =>
    git && mountPath !== undefined ? [{ git, mountPath }] : [],
  )
  for (const [index, { git, mountPath }] of repositories.entries()) {
    const volume = `git-context-${index}`
    const path = resolveMountPath(workspaceDir, mountPath) ?? workspaceDir
    const isWorkspace = path === workspaceDir
    const secret = git.secretRef?.name
    parts.initContainers.push({
      ...helper(`git-init-${index}`, settings),
      args: ['git-init'],
      env: [
        { name: 'GIT_REPO', value: git.repository },
        { name: 'GIT_REF', value: git.ref ?? 'HEAD' },
        { name: 'GIT_DEPTH', value: String(git.depth ?? 1) },
        { name: 'GIT_ROOT', value: gitRoot },
        { name: 'GIT_LINK', value: gitLink },
        ...(git.recurseSubmodules ? [{ name: 'GIT_RECURSE_SUBMODULES', value: 'true' }] : []),
        ...(isWorkspace ? [{ name: 'GIT_WORKSPACE_DIR', value: workspaceDir }] : []),
        ...(git.path !== undefined ? [{ name: 'GIT_REPO_SUBPATH', value: git.path }] : []),
        ...(secret === undefined
          ? []
          : [
              secretEnv('GIT_USERNAME', secret, 'username'),
              secretEnv('GIT_PASSWORD', secret, 'password'),
              secretEnv('GIT_SSH_KEY', secret, 'ssh-privatekey'),
              secretEnv('GIT_SSH_KNOWN_HOSTS', secret, 'known_hosts'),
            ]),
        ...((extra?.extraEnv ?? []) as EnvVar[]),
      ],
      volumeMounts: [
        { name: volume, mountPath: gitRoot },
        ...(isWorkspace ? [workspaceMount(profile)] : []),
        ...((extra?.extraVolumeMounts ?? []) as VolumeMount[]),
      ],
    })
    parts.volumes.push({ name: volume, emptyDir: {} })
    const subPath = git.path === undefined ? gitLink : `${gitLink}/${git.path.replace(/^\/+|\/+$/g, '')}`
    if (!isWorkspace) parts.mounts.push({ name: volume, mountPath: path, subPath })
  }
  return parts
}
