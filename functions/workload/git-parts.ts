import type { ContextItem } from '../../crds/context.ts'
import { contextType } from '../../crds/context.ts'
import { resolveMountPath } from '../../crds/paths.ts'
import type { SkillSource } from '../../crds/skill.ts'
import type { Container } from 'kubernetes-types/core/v1'
import type { Profile } from '../../shared/merge-template.ts'
import { isBelow } from '../../shared/paths.ts'
import { gitDir } from './directories.ts'
import { fromSecret, literal } from './env.ts'
import type { PodParts } from './init-containers.ts'
import { helper, workspaceMount } from './init-containers.ts'
import type { Settings } from './settings.ts'

const gitLink = 'repo'

type Git = NonNullable<ContextItem['git']> | SkillSource['git']

/** Path of the wanted part of a repository, in the volume of its clone. */
export const clonedPath = (path: string | undefined): string =>
  [gitLink, ...(path ?? '').split('/').filter((segment) => segment !== '' && segment !== '.')].join('/')

/** The Git contexts of a list that have a place; the position among them is the number of their container and volume. */
export const gitItems = (items: readonly ContextItem[]) =>
  items.flatMap((item) => {
    const { git, mountPath } = item
    return contextType(item) === 'Git' && git && mountPath !== undefined ? [{ git, mountPath }] : []
  })

/** The container that clones `git` into `volume`. */
export const gitInit = (name: string, volume: string, git: Git, settings: Settings): Container => {
  const secret = git.secretRef?.name
  return {
    ...helper(name, settings),
    args: ['git-init'],
    env: [
      literal('GIT_REPO', git.repository),
      literal('GIT_REF', git.ref ?? 'HEAD'),
      literal('GIT_DEPTH', String(git.depth ?? 1)),
      literal('GIT_ROOT', gitDir),
      literal('GIT_LINK', gitLink),
      ...(git.recurseSubmodules ? [literal('GIT_RECURSE_SUBMODULES', 'true')] : []),
      ...(git.path !== undefined ? [literal('GIT_REPO_SUBPATH', git.path)] : []),
      ...(secret === undefined
        ? []
        : [
            literal('GIT_SECRET', secret),
            fromSecret('GIT_USERNAME', secret, 'username'),
            fromSecret('GIT_PASSWORD', secret, 'password'),
            fromSecret('GIT_SSH_KEY', secret, 'ssh-privatekey'),
            fromSecret('GIT_SSH_KNOWN_HOSTS', secret, 'known_hosts'),
            fromSecret('GIT_SECRET_HOSTS', secret, 'allowed-hosts'),
          ]),
      ...(settings.security.allowedGitHosts
        ? [literal('GIT_ALLOWED_HOSTS', settings.security.allowedGitHosts.join(','))]
        : []),
    ],
    volumeMounts: [{ name: volume, mountPath: gitDir }],
  }
}

/**
 * One clone per Git context. One whose place is the workspace itself is copied into it; so is any other in a workspace
 * that `isPersistent`, where the clone and the agent's edits outlive the Pod. The rest is mounted.
 */
export const gitParts = (
  items: readonly ContextItem[],
  profile: Profile,
  settings: Settings,
  isPersistent = false,
): PodParts => {
  const parts: PodParts = { initContainers: [], volumes: [], mounts: [] }
  const workspaceDir = profile.workspaceDir ?? ''
  for (const [index, { git, mountPath }] of gitItems(items).entries()) {
    const volume = `git-context-${index}`
    const path = resolveMountPath(workspaceDir, mountPath) ?? workspaceDir
    const isCopied = path === workspaceDir || (isPersistent && isBelow(workspaceDir, path) && !git.sync?.enabled)
    const init = gitInit(`git-init-${index}`, volume, git, settings)
    parts.initContainers.push({
      ...init,
      env: [...(isCopied ? [literal('GIT_WORKSPACE_DIR', path)] : []), ...(init.env ?? [])],
      volumeMounts: [...(init.volumeMounts ?? []), ...(isCopied ? [workspaceMount(profile)] : [])],
    })
    parts.volumes.push({ name: volume, emptyDir: {} })
    if (!isCopied) parts.mounts.push({ name: volume, mountPath: path, subPath: clonedPath(git.path) })
  }
  return parts
}
