import { durationSeconds } from '../../crds/duration.ts'
import type { Task } from '../../crds/task.ts'
import { secondsSince } from '../../shared/conditions.ts'
import { pagesOf } from '../../shared/pages.ts'
import type { Due } from '../schedule/due.ts'

/** Whether time alone changes what should happen to this unfinished Task now. */
export const isDue = ({ spec, status }: Task, now: Date): boolean => {
  if (status?.phase === undefined || status.phase === 'Pending') return true
  const limit = spec.timeout === undefined ? undefined : durationSeconds(spec.timeout)
  return status.phase === 'Running' && limit !== undefined && secondsSince(status.startTime, now) >= limit
}

/** Tasks that nobody has looked at, that wait for what they name, or that are past their timeout. */
export const dueTasks: Due = async function* (reader, now) {
  const fieldSelector = 'status.phase!=Completed,status.phase!=Failed,status.phase!=Queued'
  for await (const tasks of pagesOf(reader, 'Task', { fieldSelector }))
    yield tasks
      .filter((task) => isDue(task, now))
      .map(({ metadata: { name, namespace = '' } }) => ({ kind: 'Task', namespace, name }))
}
