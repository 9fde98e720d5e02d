import { cleanPath } from '../crds/paths.ts'
import type { Profile } from './merge-template.ts'

/** A path of a container that somebody has. */
export interface Place {
  /** Absolute and clean. */
  readonly path: string
  /** Who has it, as a message says it. */
  readonly owner: string
  /** Nothing can be mounted inside of it either: a file, or a directory that cannot be written to. */
  readonly isClosed: boolean
}

export interface PlaceFault {
  readonly field: string
  readonly message: string
}

/** Below the workspace: what a Task asks for. */
export const promptFile = 'task.md'

export const isClosed = (place: Place): boolean => place.isClosed

const clean = (path: string): string => cleanPath(path) ?? path

/** What a user's own settings mount in the main container, besides contexts. */
export const userPlaces = ({ credentials = [], podSpec }: Profile): readonly (Place & { readonly field: string })[] => [
  ...credentials.flatMap(({ name, mountPath }, index) =>
    mountPath === undefined
      ? []
      : [
          {
            path: clean(mountPath),
            owner: `credential "${name}"`,
            isClosed: true,
            field: `spec.credentials[${index}].mountPath`,
          },
        ],
  ),
  ...(podSpec?.extraVolumeMounts ?? []).map(({ name, mountPath }, index) => ({
    path: clean(mountPath),
    owner: `the mount of volume "${name}"`,
    isClosed: false,
    field: `spec.podSpec.extraVolumeMounts[${index}].mountPath`,
  })),
]

const ownPlaces = ['/tools', '/plugins', '/data/sessions', '/etc/ssl/certs/custom-ca']
const ownVolumes =
  /^(tools|workspace|context-files|ca-bundle|plugins-volume|sessions|(git-context|git-skill|git-sync|url-context|credential)-.*)$/

/**
 * Mounts of the user's own settings that would stand at one path, and volumes with a name of ours: the apiserver would
 * refuse every Pod that has them. Pure.
 */
export const placeFaults = (profile: Profile): readonly PlaceFault[] => {
  const owners = new Map<string, string>(ownPlaces.map((path) => [path, 'KubeOpenCode']))
  if (profile.workspaceDir !== undefined) {
    owners.set(clean(profile.workspaceDir), 'the workspace')
    owners.set(clean(`${profile.workspaceDir}/${promptFile}`), 'the prompt of each Task')
  }
  const mounts = userPlaces(profile).flatMap(({ path, owner, field }) => {
    const other = owners.get(path)
    if (other === undefined) owners.set(path, owner)
    return other === undefined ? [] : [{ field, message: `${path} is taken by ${other}: choose another path` }]
  })
  const volumes = (profile.podSpec?.extraVolumes ?? []).flatMap(({ name }, index) =>
    ownVolumes.test(name)
      ? [
          {
            field: `spec.podSpec.extraVolumes[${index}].name`,
            message: `${name} is the name of a volume of KubeOpenCode: choose another name`,
          },
        ]
      : [],
  )
  return [...mounts, ...volumes]
}
