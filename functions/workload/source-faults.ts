import type { ContextItem } from '../../crds/context.ts'
import { hostOfRepository, hostOfUrl, isHostAllowed } from '../../shared/hosts.ts'
import type { Profile } from '../../shared/merge-template.ts'
import { placeFaults } from '../../shared/places.ts'
import type { ContextFault } from './context-files.ts'
import type { Settings } from './settings.ts'

const denied = (what: string, host: string, list: string): ContextFault => ({
  message: `${what} may not come from ${host}: the cluster's KubeOpenCodeConfig does not name it in security.${list}`,
  isPassing: false,
})

/** What keeps a Pod from being built although every object it needs is there: hosts, and mounts at one path. */
export const sourceFaults = (
  items: readonly ContextItem[],
  profile: Profile,
  { security }: Settings,
): readonly ContextFault[] => {
  const repositories = [
    ...items.flatMap(({ name, git }) => (git ? [{ what: `context "${name ?? ''}"`, git }] : [])),
    ...(profile.skills ?? []).map(({ name, git }) => ({ what: `skill "${name}"`, git })),
  ]
  return [
    ...repositories.flatMap(({ what, git }) => {
      const host = hostOfRepository(git.repository)
      return isHostAllowed(security.allowedGitHosts, host) ? [] : [denied(what, host, 'allowedGitHosts')]
    }),
    ...items.flatMap(({ name, url }) => {
      if (!url) return []
      const host = hostOfUrl(url.source)
      return isHostAllowed(security.allowedURLHosts, host)
        ? []
        : [denied(`context "${name ?? ''}"`, host, 'allowedURLHosts')]
    }),
    ...placeFaults(profile).map(({ field, message }) => ({ message: `${field}: ${message}`, isPassing: false })),
  ]
}
