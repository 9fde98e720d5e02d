import type { ContextItem } from '../../crds/context.ts'
import { isHostAllowed, placeOf } from '../../shared/hosts.ts'
import type { Profile } from '../../shared/merge-template.ts'
import { placeFaults } from '../../shared/places.ts'
import type { ContextFault } from './context-files.ts'
import type { Settings } from './settings.ts'

type List = 'allowedGitHosts' | 'allowedURLHosts'

const hostFaults = (what: string, address: string, list: List, { security }: Settings): ContextFault[] => {
  const hosts = security[list]
  const place = placeOf(address)
  if (hosts === undefined || (place && isHostAllowed(hosts, place))) return []
  return [
    {
      message: `${what} may not come from ${place?.host ?? 'there'}: the cluster's KubeOpenCodeConfig does not name it in security.${list}`,
      isPassing: false,
    },
  ]
}

/** What keeps a Pod from being built although every object it needs is there: hosts, and mounts at one path. */
export const sourceFaults = (
  items: readonly ContextItem[],
  profile: Profile,
  settings: Settings,
): readonly ContextFault[] => {
  const repositories = [
    ...items.flatMap(({ name, git }) => (git ? [{ what: `context "${name ?? ''}"`, git }] : [])),
    ...(profile.skills ?? []).map(({ name, git }) => ({ what: `skill "${name}"`, git })),
  ]
  return [
    ...repositories.flatMap(({ what, git }) => hostFaults(what, git.repository, 'allowedGitHosts', settings)),
    ...items.flatMap(({ name, url }) =>
      url ? hostFaults(`context "${name ?? ''}"`, url.source, 'allowedURLHosts', settings) : [],
    ),
    ...placeFaults(profile).map(({ field, message }) => ({ message: `${field}: ${message}`, isPassing: false })),
  ]
}
