import { setTimeout as sleep } from 'node:timers/promises'
import type { Deployment } from 'kubernetes-types/apps/v1'
import type { Pod } from 'kubernetes-types/core/v1'
import { labels } from '../../crds/names.ts'
import type { Send } from '../../infra/cluster/rest.ts'
import { paths, podRunning, podSucceeded } from '../bench/objects.ts'
import type { Change } from './follow.ts'

const againMs = 100

/** The kubelet and the Deployment controller of one namespace: they try again until the apiserver is there. */
export const castOf = (send: Send, namespace: string, runMilliseconds: () => number, signal: AbortSignal) => {
  const insist = async (path: string, body: object): Promise<void> => {
    while (!signal.aborted) {
      const answer = await send('PATCH', path, { body, contentType: 'application/merge-patch+json' }).catch(
        () => undefined,
      )
      // What is gone needs nothing more.
      if (answer && (answer.ok || answer.status === 404)) return
      await sleep(againMs)
    }
  }
  const scaled = new Map<string, number>()
  return {
    pod: ({ type, object }: Change): void => {
      const { metadata } = object as Pod
      if (type !== 'ADDED' || metadata?.labels?.[labels.task] === undefined) return
      const path = `${paths.pods(namespace)}/${metadata.name}/status`
      const live = async (): Promise<void> => {
        await insist(path, podRunning(new Date()))
        await sleep(runMilliseconds())
        await insist(path, podSucceeded(new Date()))
      }
      void live()
    },
    deployment: ({ type, object }: Change): void => {
      const { metadata, spec } = object as Deployment
      const { name = '', generation = 0 } = metadata ?? {}
      if (type === 'DELETED' || scaled.get(name) === generation) return
      scaled.set(name, generation)
      const replicas = spec?.replicas ?? 1
      const status = { observedGeneration: generation, replicas, readyReplicas: replicas, availableReplicas: replicas }
      void insist(`${paths.deployments(namespace)}/${name}/status`, { status })
    },
  }
}
