import { durationSeconds } from '../../crds/duration.ts'
import type { TaskSpec, TaskStatus } from '../../crds/task.ts'
import { pagesOf } from '../../shared/pages.ts'
import { keyOf } from '../agent/queue.ts'
import type { Due } from '../schedule/due.ts'
import { hintAt, minutesOf } from '../schedule/due.ts'

/** When its timeout is over, in milliseconds since 1970; undefined where it has none, or has not begun. */
export const overdueAt = (
  { timeout }: Pick<TaskSpec, 'timeout'>,
  { startTime }: Pick<TaskStatus, 'startTime'>,
): number | undefined => {
  const limit = timeout === undefined ? undefined : durationSeconds(timeout)
  return limit === undefined || startTime === undefined ? undefined : Date.parse(startTime) + limit * 1000
}

const fresh = 'status.phase!=Queued,status.phase!=Running,status.phase!=Completed,status.phase!=Failed'

/**
 * Tasks that nobody has looked at, or that wait for what they name; then those at work whose timeout is over. Those that
 * wait in a queue are told by their Agent.
 */
export const dueTasks: Due = async function* (reader, stretch) {
  for await (const tasks of pagesOf(reader, 'Task', { fieldSelector: fresh }))
    yield tasks.map((task) => ({ key: keyOf(task) }))
  for (const minute of minutesOf(stretch))
    for await (const tasks of pagesOf(reader, 'Task', { fieldSelector: `status.dueMinute=${minute}` }))
      yield tasks.flatMap((task) =>
        hintAt(keyOf(task), overdueAt(task.spec, task.status ?? {}) ?? Date.parse(minute), stretch),
      )
}
