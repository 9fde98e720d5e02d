import type { KubeOpenCodeConfigSpec } from '../../crds/config.ts'
import type { Task } from '../../crds/task.ts'
import { secondsSince } from '../../shared/conditions.ts'

export type Cleanup = NonNullable<KubeOpenCodeConfigSpec['cleanup']>

/** A finished Task, as far as the cleanup knows it: thousands of them are held at once. */
export interface Finished {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly completionTime: string
  /** The CronTask that controls it. */
  readonly cronTask: { readonly name: string; readonly uid: string } | undefined
}

/** Undefined for a Task that has not ended, or that is being deleted already. */
export const finishedOf = ({ metadata, status }: Task): Finished | undefined => {
  if (status?.phase !== 'Completed' && status?.phase !== 'Failed') return undefined
  if (metadata.deletionTimestamp !== undefined) return undefined
  const owner = metadata.ownerReferences?.find(({ controller, kind }) => controller === true && kind === 'CronTask')
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid ?? '',
    completionTime: status.completionTime ?? metadata.creationTimestamp ?? '',
    cronTask: owner && { name: owner.name, uid: owner.uid },
  }
}

/** Oldest completion first; the name breaks ties. */
const byAge = (one: Finished, other: Finished): number => {
  if (one.completionTime !== other.completionTime) return one.completionTime < other.completionTime ? -1 : 1
  return one.name < other.name ? -1 : 1
}

/** The finished Tasks of one namespace that are to go, oldest first: they are past their time, or too many. */
export const surplusOf = (
  finished: readonly Finished[],
  { ttlSecondsAfterFinished = Infinity, maxRetainedTasks = Infinity }: Cleanup,
  now: Date,
): Finished[] => {
  const expired = finished.filter(({ completionTime }) => secondsSince(completionTime, now) >= ttlSecondsAfterFinished)
  const count = Math.max(expired.length, finished.length - maxRetainedTasks)
  // The expired ones are the oldest, so both rules take from the same end.
  return finished.toSorted(byAge).slice(0, Math.max(0, count))
}
