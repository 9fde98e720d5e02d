import type { CronTask } from '../../crds/cron-task.ts'
import { annotations } from '../../crds/names.ts'
import type { Task } from '../../crds/task.ts'
import { mergePatch } from '../../shared/merge-patch.ts'
import type { ClusterReader } from '../../shared/ports.ts'
import { parseSchedule } from '../../shared/schedule.ts'
import { slicesOf } from '../../shared/slices.ts'
import { decideCronTask } from './decide.ts'
import { childrenOf, lookAtCronTask } from './gather.ts'
import { dueSlot } from './slots.ts'

/** CronTasks whose Tasks are listed at once: the list's address stays short. */
const width = 25
/** Such lists under way at once: what they bring is held until it is judged, by default ten Tasks of each CronTask. */
const lists = 2

/** Somebody has to look, whatever Tasks there are. To see all others nothing but their Tasks is read. */
const isCalledFor = (parent: CronTask, now: Date): boolean => {
  const { metadata, spec } = parent
  const parsed = parseSchedule(spec.schedule, spec.timeZone)
  return (
    metadata.deletionTimestamp !== undefined ||
    metadata.annotations?.[annotations.trigger] !== undefined ||
    ('schedule' in parsed && dueSlot(parent, parsed.schedule, now) !== undefined)
  )
}

/** Whether nothing would be written. Its next slot is announced then, which is what a tick asks for. */
const isSettled = async (reader: ClusterReader, parent: CronTask, children: readonly Task[], now: Date) => {
  const plan = decideCronTask(await lookAtCronTask({ reader, now }, parent, children), now)
  const { status, againSeconds: _again, ...rest } = plan
  return Object.keys(rest).length === 0 && status !== undefined && !mergePatch(parent.status ?? {}, status)
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
  const others = page.filter((parent) => !isCalledFor(parent, now))
  const groups = Map.groupBy(others, ({ metadata }) => metadata.namespace)
  const slices = [...groups.values()].flatMap((sharers) => slicesOf(sharers, width))
  const judge = async (parents: readonly CronTask[]): Promise<void> => {
    const children = await childrenOf(reader, parents)
    for (const parent of parents)
      if (await isSettled(reader, parent, children.get(parent.metadata.uid ?? '') ?? [], now)) settled.add(parent)
  }
  for (const some of slicesOf(slices, lists)) await Promise.all(some.map(judge))
  return settled
}
