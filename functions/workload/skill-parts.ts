import type { Profile } from '../../shared/merge-template.ts'
import { skillsDir } from './directories.ts'
import { literal } from './env.ts'
import { clonedPath, gitInit } from './git-parts.ts'
import type { PodParts } from './init-containers.ts'
import type { Settings } from './settings.ts'

/** Where OpenCode finds the skills of a source. */
export const skillPath = (source: string): string => `${skillsDir}/${source}`

/**
 * One clone per source of skills, numbered after the `clones` that contexts need. They are read only: what one session
 * is talked into must not change what the next one can do.
 */
export const skillParts = (clones: number, profile: Profile, settings: Settings): PodParts => {
  const parts: PodParts = { initContainers: [], volumes: [], mounts: [] }
  for (const [index, { name: source, git }] of (profile.skills ?? []).entries()) {
    const volume = `git-skill-${index}`
    const names = git.names ?? []
    const init = gitInit(`git-init-${clones + index}`, volume, git, settings)
    const needed = names.length > 0 ? [literal('GIT_REQUIRED_PATHS', JSON.stringify(names))] : []
    parts.initContainers.push({ ...init, env: [...needed, ...(init.env ?? [])] })
    parts.volumes.push({ name: volume, emptyDir: {} })
    const mount = { name: volume, readOnly: true }
    if (names.length === 0) parts.mounts.push({ ...mount, mountPath: skillPath(source), subPath: clonedPath(git.path) })
    for (const name of names)
      parts.mounts.push({
        ...mount,
        mountPath: `${skillPath(source)}/${name}`,
        subPath: `${clonedPath(git.path)}/${name}`,
      })
  }
  return parts
}
