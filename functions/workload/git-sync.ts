import type { ContextItem } from '../../crds/context.ts'
import { durationSeconds } from '../../crds/duration.ts'
import type { Container, EnvVar, ResourceRequirements } from 'kubernetes-types/core/v1'
import type { PodParts } from './init-containers.ts'

/** A Git context whose remote an Agent follows. */
export interface Followed {
  /** Its name in the status and in the annotation. */
  readonly name: string
  /** Number of its containers and of its volume. */
  readonly index: number
  readonly policy: 'HotReload' | 'Rollout'
  readonly intervalSeconds: number
  /** Where its sidecar says what it has. */
  readonly port: number
}

const firstPort = 9410
/** A server that is asked more often by every Agent would have reason to refuse. */
const shortestIntervalSeconds = 10

/** The contexts of an Agent that follow their remotes; their sidecars listen on ports that are not `taken`. */
export const followedContexts = (items: readonly ContextItem[], taken: readonly number[]): Followed[] => {
  const repositories = items.filter(({ git, mountPath }) => git && mountPath !== undefined)
  let port = firstPort
  const nextPort = (): number => {
    while (taken.includes(port)) port += 1
    port += 1
    return port - 1
  }
  return repositories.flatMap(({ name, git }, index): Followed[] => {
    const sync = git?.sync
    if (!sync?.enabled) return []
    const interval = durationSeconds(sync.interval) ?? 300
    return [
      {
        name: name ?? `git-context-${index}`,
        index,
        policy: sync.policy,
        intervalSeconds: Math.max(shortestIntervalSeconds, Math.ceil(interval)),
        port: nextPort(),
      },
    ]
  })
}

/** Node and git at rest take 50 MB; a fetch of a large repository takes several times that for a moment. */
const resources: ResourceRequirements = {
  requests: { cpu: '10m', memory: '64Mi' },
  limits: { memory: '1Gi' },
}

const cloneDir = '/git'
const treeName = 'tree'

const withEnv = (container: Container, ...env: EnvVar[]): Container => ({
  ...container,
  env: [...env, ...(container.env ?? [])],
})

const isTree = ({ index, policy }: Followed, mounts: PodParts['mounts']): boolean =>
  policy === 'HotReload' && mounts.some(({ name }) => name === `git-context-${index}`)

/** What git-init does, said once more to the container that goes on with it. */
const sidecarOf = (init: Container, { index, policy, intervalSeconds, port }: Followed): Container => {
  const followed = withEnv(
    init,
    { name: 'GIT_SYNC_INTERVAL', value: String(intervalSeconds) },
    { name: 'GIT_SYNC_POLICY', value: policy },
    { name: 'GIT_SYNC_PORT', value: String(port) },
  )
  return {
    ...followed,
    name: `git-sync-${index}`,
    args: ['git-sync'],
    ports: [{ name: `git-sync-${index}`, containerPort: port, protocol: 'TCP' }],
    // Who only watches the remote has nothing to write.
    ...(policy === 'Rollout' && {
      volumeMounts: [{ name: `git-context-${index}`, mountPath: cloneDir, readOnly: true }],
    }),
    resources,
    livenessProbe: { httpGet: { path: '/', port }, periodSeconds: 30, timeoutSeconds: 5, failureThreshold: 4 },
  }
}

/**
 * The Pod's repositories, `followed` ones with a sidecar. With HotReload the clone, which knows the credentials' host and
 * is where git runs, stays out of the agent's reach: the agent gets the files beside it, which are changed in place.
 */
export const followParts = (
  parts: PodParts,
  followed: readonly Followed[],
): PodParts & { readonly sidecars: readonly Container[] } => {
  const find = (container: Container): Followed | undefined =>
    followed.find(({ index }) => container.name === `git-init-${index}`)
  const initContainers = parts.initContainers.map((init) => {
    const one = find(init)
    if (!one) return init
    const tree = isTree(one, parts.mounts) ? [{ name: 'GIT_WORKSPACE_DIR', value: `${cloneDir}/${treeName}` }] : []
    return withEnv(init, ...tree, { name: 'GIT_SYNC', value: 'true' })
  })
  return {
    ...parts,
    initContainers,
    mounts: parts.mounts.map((mount) =>
      followed.some((one) => mount.name === `git-context-${one.index}` && isTree(one, parts.mounts))
        ? { ...mount, subPath: treeName }
        : mount,
    ),
    sidecars: initContainers.flatMap((init) => {
      const one = find(init)
      return one ? [sidecarOf(init, one)] : []
    }),
  }
}
