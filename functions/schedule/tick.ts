import { durationSeconds } from '../../crds/duration.ts'
import type { Task } from '../../crds/task.ts'
import { secondsSince } from '../../shared/conditions.ts'
import { dueAgents } from '../agent/due.ts'
import type { ClusterReader, EventBus } from '../../shared/ports.ts'

const pageSize = 500

/** Whether time alone changes what should happen to this unfinished Task now. */
export const isDue = ({ spec, status }: Task, now: Date): boolean => {
  if (status?.phase === undefined || status.phase === 'Pending') return true
  const limit = spec.timeout === undefined ? undefined : durationSeconds(spec.timeout)
  return status.phase === 'Running' && limit !== undefined && secondsSince(status.startTime, now) >= limit
}

/** Asks for what is due now to be looked at: deadlines that the copy which knew of them did not live to see. */
export const tick = async (reader: ClusterReader, bus: EventBus, now: Date): Promise<number> => {
  let asked = 0
  let next: string | undefined
  do {
    const page = await reader.list('Task', {
      fieldSelector: 'status.phase!=Completed,status.phase!=Failed,status.phase!=Queued',
      limit: pageSize,
      ...(next !== undefined && { continue: next }),
    })
    const due = page.items.filter((task) => isDue(task, now))
    await Promise.all(
      due.map(({ metadata: { name, namespace = '' } }) => bus.publish({ key: { kind: 'Task', namespace, name } })),
    )
    asked += due.length
    next = page.continue
  } while (next !== undefined)
  for await (const keys of dueAgents(reader, now)) {
    await Promise.all(keys.map((key) => bus.publish({ key })))
    asked += keys.length
  }
  return asked
}
