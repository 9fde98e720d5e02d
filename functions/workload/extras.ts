import type { EnvVar, VolumeMount } from 'kubernetes-types/core/v1'
import type { Profile } from '../../shared/merge-template.ts'

type SystemContainers = NonNullable<NonNullable<Profile['podSpec']>['systemContainers']>

/** The project's own containers, by what their names start with. */
const systemContainers: readonly (readonly [string, keyof SystemContainers])[] = [
  ['opencode-init', 'openCodeInit'],
  ['context-init', 'contextInit'],
  ['git-init-', 'gitInit'],
  ['git-sync-', 'gitSync'],
  ['plugin-init', 'pluginInit'],
]

/** What a user adds to the container of this name: what every container gets, then what is said for this one. */
export const containerExtras = (
  { podSpec }: Profile,
  container: string,
): { readonly env: readonly EnvVar[]; readonly mounts: readonly VolumeMount[] } => {
  const field = systemContainers.find(([start]) => container.startsWith(start))?.[1]
  const own = field && podSpec?.systemContainers?.[field]
  return {
    env: [...(podSpec?.extraEnv ?? []), ...(own?.extraEnv ?? [])] as EnvVar[],
    mounts: (own?.extraVolumeMounts ?? []) as VolumeMount[],
  }
}
