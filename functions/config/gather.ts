import type { KubeOpenCodeConfig } from '../../crds/config.ts'
import type { CronTask } from '../../crds/cron-task.ts'
import { CONFIG_NAME } from '../../crds/names.ts'
import type { Key } from '../../shared/hint.ts'
import { pagesOf } from '../../shared/pages.ts'
import type { ClusterReader, ListOptions } from '../../shared/ports.ts'
import type { Senses } from '../../shared/reconcile.ts'
import { isTold } from '../cron-task/told.ts'
import { earlier, minutesBefore } from '../schedule/due.ts'
import type { Cleanup, Finished } from './surplus.ts'
import { finishedOf, surplusOf } from './surplus.ts'

export interface ConfigSight {
  readonly parent: KubeOpenCodeConfig
  /** Whether the whole cluster is looked at, or the finished Tasks of one namespace alone. */
  readonly isWhole: boolean
  /** Every Agent of the cluster, read only when the configuration is new to them. */
  readonly agents: readonly Key[]
  /** Finished Tasks that are to go. */
  readonly surplus: readonly Finished[]
  /** Whether there are more of them than one look deletes. */
  readonly isMore: boolean
  /** CronTasks that have to look at a finished Task before it may go. */
  readonly behind: readonly Key[]
}

/** How many Tasks one look deletes. */
const batchSize = 500

const finishedSelector = 'status.phase!=,status.phase!=Pending,status.phase!=Queued,status.phase!=Running'

const allAgents = async (reader: ClusterReader): Promise<Key[]> => {
  const keys: Key[] = []
  for await (const agents of pagesOf(reader, 'Agent'))
    for (const { metadata } of agents)
      keys.push({ kind: 'Agent', namespace: metadata.namespace ?? '', name: metadata.name })
  return keys
}

/** Finished Tasks, one namespace after the other, as the apiserver lists them. */
async function* finishedByNamespace(
  reader: ClusterReader,
  selections: readonly ListOptions[],
): AsyncGenerator<readonly Finished[]> {
  let finished: Finished[] = []
  for (const selection of selections)
    for await (const tasks of pagesOf(reader, 'Task', selection))
      for (const task of tasks) {
        const one = finishedOf(task)
        if (!one) continue
        if (finished[0] && finished[0].namespace !== one.namespace) {
          yield finished
          finished = []
        }
        finished.push(one)
      }
  yield finished
}

/**
 * What to list. Where only time counts, a single namespace is asked for the minutes in which what is due now has ended;
 * whatever else is due is found when the whole cluster is looked at.
 */
const selectionsOf = (cleanup: Cleanup, namespace: string | undefined, now: Date): ListOptions[] => {
  if (namespace === undefined) return [{ fieldSelector: finishedSelector }]
  const { ttlSecondsAfterFinished, maxRetainedTasks } = cleanup
  if (maxRetainedTasks !== undefined || ttlSecondsAfterFinished === undefined)
    return [{ namespace, fieldSelector: finishedSelector }]
  return minutesBefore(earlier(now, ttlSecondsAfterFinished)).map((minute) => ({
    namespace,
    fieldSelector: `status.completionMinute=${minute}`,
  }))
}

type Surplus = Pick<ConfigSight, 'surplus' | 'isMore' | 'behind'>

const gatherSurplus = async (
  reader: ClusterReader,
  cleanup: Cleanup,
  namespace: string | undefined,
  now: Date,
): Promise<Surplus> => {
  const surplus: Finished[] = []
  const behind = new Map<string, Key>()
  const cronTasks = new Map<string, Promise<CronTask | undefined>>()
  const mayGo = async ({ namespace, name, uid, cronTask }: Finished): Promise<boolean> => {
    if (!cronTask) return true
    const id = `${namespace}/${cronTask.name}`
    const key = { kind: 'CronTask', namespace, name: cronTask.name } as const
    const reading = cronTasks.get(id) ?? reader.get(key)
    cronTasks.set(id, reading)
    const parent = await reading
    if (!parent || parent.metadata.uid !== cronTask.uid || isTold(parent, name, uid)) return true
    behind.set(id, key)
    return false
  }
  for await (const finished of finishedByNamespace(reader, selectionsOf(cleanup, namespace, now)))
    for (const one of surplusOf(finished, cleanup, now)) {
      if (!(await mayGo(one))) continue
      if (surplus.length === batchSize) return { surplus, isMore: true, behind: [...behind.values()] }
      surplus.push(one)
    }
  return { surplus, isMore: false, behind: [...behind.values()] }
}

export const gatherConfig = async (
  { reader, now }: Senses,
  { namespace, name }: Key,
): Promise<ConfigSight | undefined> => {
  const parent = name === CONFIG_NAME ? await reader.get({ kind: 'KubeOpenCodeConfig', name }) : undefined
  if (!parent) return undefined
  const isWhole = namespace === undefined
  const isNew = parent.status?.observedGeneration !== parent.metadata.generation
  const { cleanup } = parent.spec
  return {
    parent,
    isWhole,
    agents: isWhole && isNew ? await allAgents(reader) : [],
    ...(cleanup && parent.metadata.deletionTimestamp === undefined
      ? await gatherSurplus(reader, cleanup, namespace, now)
      : { surplus: [], isMore: false, behind: [] }),
  }
}
