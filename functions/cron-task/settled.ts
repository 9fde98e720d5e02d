import type { CronTask } from '../../crds/cron-task.ts'
import { labels } from '../../crds/names.ts'
import type { Task } from '../../crds/task.ts'
import { isControlledBy } from '../../shared/kubernetes.ts'
import { mergePatch } from '../../shared/merge-patch.ts'
import { pagesOf } from '../../shared/pages.ts'
import type { ClusterReader } from '../../shared/ports.ts'
import { slicesOf } from '../../shared/slices.ts'
import { decideCronTask } from './decide.ts'
import { lookAtCronTask } from './gather.ts'
import type { CronTaskSight } from './sight.ts'

/** CronTasks whose Tasks are listed at once: the list's address stays short, and what it brings is little. */
const width = 25

const childrenOf = async (reader: ClusterReader, parents: readonly CronTask[]): Promise<Map<string, Task[]>> => {
  const children = new Map<string, Task[]>()
  const names = parents.map(({ metadata }) => metadata.name)
  const options = {
    namespace: parents[0]?.metadata.namespace ?? '',
    labelSelector: `${labels.cronTask} in (${names.join(',')})`,
  }
  for await (const tasks of pagesOf(reader, 'Task', options))
    for (const task of tasks) {
      const name = task.metadata.labels?.[labels.cronTask] ?? ''
      children.set(name, [...(children.get(name) ?? []), task])
    }
  return children
}

/** Nothing is due and nothing would be written: its next slot is announced, which is what a tick asks for. */
const isSettled = (sight: CronTaskSight, now: Date): boolean => {
  if (sight.due || sight.trigger) return false
  const { status, againSeconds: _again, ...rest } = decideCronTask(sight, now)
  return Object.keys(rest).length === 0 && status !== undefined && !mergePatch(sight.parent.status ?? {}, status)
}

/**
 * Those of a page that a look would leave as they are. A sweep asks for thousands of which hardly one has to change: a
 * list tells of many what a look would read of each.
 */
export const settledCronTasks = async (
  reader: ClusterReader,
  page: readonly CronTask[],
  now: Date,
): Promise<ReadonlySet<CronTask>> => {
  const settled = new Set<CronTask>()
  for (const sharers of Map.groupBy(page, ({ metadata }) => metadata.namespace).values())
    for (const parents of slicesOf(sharers, width)) {
      const children = await childrenOf(reader, parents)
      for (const parent of parents) {
        const { name, uid } = parent.metadata
        const own = (children.get(name) ?? []).filter((task) => isControlledBy(task, uid))
        if (isSettled(await lookAtCronTask({ reader, now }, parent, own), now)) settled.add(parent)
      }
    }
  return settled
}
