import type { Deployment } from 'kubernetes-types/apps/v1'
import type { Pod } from 'kubernetes-types/core/v1'
import { labels } from '../../crds/names.ts'
import type { Client } from './client.ts'
import { paths, podRunning, podSucceeded } from './objects.ts'

const deploymentReadyMilliseconds = 50

export interface Player {
  /** Ends the play; throws the first thing that went wrong in it. */
  readonly stop: () => Promise<void>
}

/**
 * Plays the kubelet and the Deployment controller in one namespace: a Deployment is ready after 50 ms, a Task's Pod
 * runs at once and succeeds after its run time.
 */
export const startPlayer = async (
  client: Client,
  namespace: string,
  runMilliseconds: number,
  ended: (now: Date, began: Date) => object = podSucceeded,
): Promise<Player> => {
  const timers = new Set<ReturnType<typeof setTimeout>>()
  const scaled = new Map<string, number>()
  let fault: unknown

  const after = (milliseconds: number, act: () => Promise<void>): void => {
    const run = (): void => {
      act().catch((error: unknown) => (fault ??= error))
    }
    if (milliseconds === 0) {
      run()
      return
    }
    const timer = setTimeout(() => {
      timers.delete(timer)
      run()
    }, milliseconds)
    timers.add(timer)
  }

  /** What was deleted meanwhile, or goes with its owner, has no status any more. */
  const tell = async (path: string, status: object): Promise<void> => {
    try {
      await client.send('PATCH', path, status)
    } catch (error) {
      if (!String(error).includes('was refused with 404')) throw error
    }
  }

  const pods = await client.watch<Pod>(paths.pods(namespace), ({ type, object: { metadata } }) => {
    if (type !== 'ADDED' || metadata?.labels?.[labels.task] === undefined) return
    const status = `${paths.pods(namespace)}/${metadata.name}/status`
    after(0, async () => {
      const began = new Date()
      await tell(status, podRunning(began))
      after(runMilliseconds, () => tell(status, ended(new Date(), began)))
    })
  })

  const deployments = await client.watch<Deployment>(
    paths.deployments(namespace),
    ({ type, object: { metadata, spec } }) => {
      const { name = '', generation = 0 } = metadata ?? {}
      if (type === 'DELETED' || scaled.get(name) === generation) return
      scaled.set(name, generation)
      const replicas = spec?.replicas ?? 1
      after(deploymentReadyMilliseconds, () =>
        tell(`${paths.deployments(namespace)}/${name}/status`, {
          status: {
            observedGeneration: generation,
            replicas,
            updatedReplicas: replicas,
            readyReplicas: replicas,
            availableReplicas: replicas,
          },
        }),
      )
    },
  )

  return {
    stop: async () => {
      for (const timer of timers) clearTimeout(timer)
      await Promise.all([pods.stop(), deployments.stop()])
      if (fault !== undefined) throw new Error(`the player of ${namespace} failed`, { cause: fault })
    },
  }
}
