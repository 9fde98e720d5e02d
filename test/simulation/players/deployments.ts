import type { Deployment } from 'kubernetes-types/apps/v1'
import type { Pod } from 'kubernetes-types/core/v1'
import { hashOf } from '../../../shared/hash.ts'
import { isSame } from '../../../shared/merge-patch.ts'
import { ownedBy } from '../../../shared/kubernetes.ts'
import type { Change } from '../apiserver/store.ts'
import type { Hand } from './hand.ts'

const isReady = ({ status, metadata }: Pod): boolean =>
  metadata?.deletionTimestamp === undefined &&
  (status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True')

const isOwned = (pod: Pod, { metadata }: Deployment): boolean =>
  (pod.metadata?.ownerReferences ?? []).some(({ uid }) => uid === metadata?.uid)

/** The Deployment and ReplicaSet controllers in one: as many Pods of the newest template as there are replicas. */
export const deployments = (hand: Hand): ((change: Change) => void) => {
  const sync = (name: string): void => {
    const deployment = hand.read('Deployment', name)
    if (!deployment || deployment.metadata?.deletionTimestamp !== undefined) return
    const { spec, metadata } = deployment
    const pods = hand.all('Pod').filter((pod) => isOwned(pod, deployment))
    const podName = `${name}-${hashOf(spec?.template ?? {}).slice(0, 8)}`
    const wanted = (spec?.replicas ?? 1) > 0
    const mine = pods.find((pod) => pod.metadata?.name === podName)
    if (wanted && !mine) {
      const pod = ownedBy(deployment, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { ...spec?.template.metadata, name: podName },
        spec: spec?.template.spec,
      })
      hand.create(pod as Pod)
    }
    const isServed = mine !== undefined && isReady(mine)
    for (const pod of pods)
      if ((!wanted || (pod !== mine && isServed)) && pod.metadata?.deletionTimestamp === undefined)
        hand.remove('Pod', pod.metadata?.name ?? '')
    const ready = pods.filter(isReady).length
    const status = {
      observedGeneration: metadata?.generation ?? 1,
      replicas: pods.length,
      readyReplicas: ready,
      updatedReplicas: mine ? 1 : 0,
    }
    if (!isSame(status, deployment.status)) hand.status('Deployment', name, status)
  }

  return ({ ref, before, after }) => {
    if (ref.kind === 'Deployment' && after) hand.later(0.5, () => sync(ref.name))
    if (ref.kind !== 'Pod') return
    const owner = (after ?? before)?.metadata?.ownerReferences?.find(({ kind }) => kind === 'Deployment')
    if (owner) hand.later(0.5, () => sync(owner.name))
  }
}
