import type { Task } from '../../crds/task.ts'
import { secondsSince } from '../../shared/conditions.ts'
import { configRef } from '../../shared/kubernetes.ts'
import { pagesOf } from '../../shared/pages.ts'
import type { Due } from '../schedule/due.ts'
import { earlier, minutesBefore } from '../schedule/due.ts'

/** Namespaces that may now have a Task too many are those where one has just ended. */
const justEndedMinutes = 2

/** A configuration that is new; then the namespaces whose finished Tasks may be past their time, or too many. */
export const dueCleanups: Due = async function* (reader, { now, lookBackMinutes }) {
  const config = await reader.get(configRef)
  if (!config) return
  if (config.status?.observedGeneration !== config.metadata.generation) yield [{ key: configRef }]
  const { ttlSecondsAfterFinished = Infinity, maxRetainedTasks } = config.spec.cleanup ?? {}
  const isPast = ({ status }: Task): boolean => secondsSince(status?.completionTime, now) >= ttlSecondsAfterFinished
  const questions = [
    ...(maxRetainedTasks === undefined ? [] : minutesBefore(now, justEndedMinutes)).map((minute) => ({
      minute,
      isMeant: () => true,
    })),
    ...(ttlSecondsAfterFinished === Infinity
      ? []
      : minutesBefore(earlier(now, ttlSecondsAfterFinished), lookBackMinutes)
    ).map((minute) => ({ minute, isMeant: isPast })),
  ]
  const asked = new Set<string>()
  for (const { minute, isMeant } of questions)
    for await (const tasks of pagesOf(reader, 'Task', { fieldSelector: `status.completionMinute=${minute}` })) {
      const namespaces = [...new Set(tasks.filter(isMeant).map(({ metadata }) => metadata.namespace ?? ''))]
      yield namespaces
        .filter((namespace) => !asked.has(namespace))
        .map((namespace) => ({ key: { ...configRef, namespace } }))
      for (const namespace of namespaces) asked.add(namespace)
    }
}
