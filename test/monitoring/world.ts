import { onTestFinished } from 'vitest'
import { builtIn } from '../../functions/workload/settings.ts'
import type { Controller } from '../../infra/node/controller.ts'
import { createController } from '../../infra/node/controller.ts'
import type { Metrics } from '../../infra/node/metrics.ts'
import { createMetrics, onJudgedIn } from '../../infra/node/metrics.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import type { Log } from '../../shared/ports.ts'
import { createApp } from '../../webhooks/app.ts'
import type { Hook } from '../../webhooks/table.ts'
import { recordedDeps } from '../builders/deps.ts'
import type { MemoryCluster } from '../builders/memory-cluster.ts'
import { memoryCluster } from '../builders/memory-cluster.ts'

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

export interface World {
  readonly controller: Controller
  readonly metrics: Metrics
  readonly cluster: MemoryCluster
  /** Every list and read throws it; undefined once they work. */
  failing: Error | undefined
}

interface Options {
  readonly tickSeconds?: number
  readonly sweepSeconds?: number
}

/** The real controller with its real metrics, over an apiserver in memory that can be made to fail. */
export const world = (objects: readonly KubeObject[] = [], schedules: Options = {}): World => {
  const memory = memoryCluster(...objects)
  const { sessions, gitSyncs, passwords } = recordedDeps(memory)
  const metrics = createMetrics()
  const unlessFailing = <T>(work: () => Promise<T>): Promise<T> =>
    made.failing ? Promise.reject(made.failing) : work()
  const controller = createController({
    cluster: {
      ...memory,
      get: (ref) => unlessFailing(() => memory.get(ref)),
      list: (kind, options) => unlessFailing(() => memory.list(kind, options)),
    },
    sessions,
    gitSyncs,
    passwords,
    defaults: builtIn,
    log: silent,
    metrics,
    tickSeconds: 3600,
    sweepSeconds: 3600,
    ...schedules,
  })
  onTestFinished(controller.close)
  const made: World = { controller, metrics, cluster: memory, failing: undefined }
  return made
}

/** The value of one series now; 0 where it is not there. */
export const valueOf = async ({ metrics }: Pick<World, 'metrics'>, series: string): Promise<number> => {
  const line = (await metrics.registry.metrics()).split('\n').find((text) => text.startsWith(`${series} `))
  return Number(line?.split(' ').at(-1) ?? 0)
}

const until = async (isSo: () => boolean | Promise<boolean>, what: string): Promise<void> => {
  const deadline = performance.now() + 60_000
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await new Promise((resolve) => {
      setTimeout(resolve, 5)
    })
  }
}

/** Waits until a series has grown. */
export const untilMore = async (of: Pick<World, 'metrics'>, series: string): Promise<void> => {
  const before = await valueOf(of, series)
  await until(async () => (await valueOf(of, series)) > before, `an increase of ${series}`)
}

export const untilAtLeast = (of: Pick<World, 'metrics'>, series: string, least: number): Promise<void> =>
  until(async () => (await valueOf(of, series)) >= least, `${series} to be ${least}`)

/** The webhooks with the metrics of a controller. */
export const webhooks = (
  { metrics }: Pick<World, 'metrics'>,
  hooks: readonly Hook[],
  publish: () => Promise<void> = async () => {},
) => {
  const app = createApp(hooks, { bus: { publish }, log: silent, onJudged: onJudgedIn(metrics) })
  const post = async (path: string, review: object): Promise<number> => {
    const headers = { 'content-type': 'application/json' }
    return (await app.request(path, { method: 'POST', headers, body: JSON.stringify(review) })).status
  }
  return post
}
