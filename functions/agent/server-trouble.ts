import type { Pod } from 'kubernetes-types/core/v1'
import { serverName } from '../workload/names.ts'
import { endedByCluster, memoryFault, statusesOf, troubleOf } from '../workload/pod-outcome.ts'
import { withRemedy } from '../workload/remedies.ts'
import type { AgentSight } from './sight.ts'

/** The node controller, and nobody else, says that a Pod whose containers are all ready is not. */
const isNodeSilent = ({ metadata, spec, status }: Pod): boolean => {
  const is = (type: string) => status?.conditions?.find((one) => one.type === type)?.status
  const isGated = (spec?.readinessGates ?? []).length > 0
  const isLeaving = metadata?.deletionTimestamp !== undefined
  return !isGated && !isLeaving && is('ContainersReady') === 'True' && is('Ready') === 'False'
}

/** The Deployment controller's words where the apiserver takes no Pod from it. */
const refusalOf = ({ parent, deployment }: AgentSight): string | undefined => {
  const { name, namespace = '' } = parent.metadata
  const refused = deployment?.status?.conditions?.find(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  )
  return (
    refused &&
    `${withRemedy(refused.message ?? 'its Pod is refused', namespace)}; Kubernetes tries again ever more rarely, and at once after: kubectl rollout restart deployment/${serverName(name)} -n ${namespace}`
  )
}

/** What keeps the server's Pod from coming up: the kubelet's words, the scheduler's, the node controller's or the apiserver's. */
export const troubleOfServer = (sight: AgentSight): string | undefined => {
  const trouble = sight.pods.map(troubleOf).find((found) => found !== undefined)
  if (trouble) return trouble.message
  const silent = sight.pods.find(isNodeSilent)?.spec?.nodeName
  if (silent !== undefined)
    return `node ${silent}, where the server runs, is not heard of (kubectl describe node ${silent}); Kubernetes starts the server elsewhere if that lasts`
  return refusalOf(sight)
}

const createdAt = ({ metadata }: Pod): number => Date.parse(metadata?.creationTimestamp ?? '')

/** A Pod that ended longer before the newest one was made has nothing to do with that. */
const follows = 60_000

/** Why there is a new server: what the one before ended with, as far as that is still to be seen. */
export const endOfServer = ({ pods }: AgentSight): string | undefined => {
  const newest = Math.max(...pods.map(createdAt))
  const endedAt = ({ status }: Pod): number =>
    Date.parse(status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? '')
  const last = pods.findLast((pod) => endedByCluster(pod) !== undefined && endedAt(pod) >= newest - follows)
  if (last) return `the cluster ended its Pod: ${endedByCluster(last)}`
  return pods
    .flatMap(statusesOf)
    .map(memoryFault)
    .find((fault) => fault !== undefined)
}
