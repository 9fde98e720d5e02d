import { pagesOf } from '../../shared/pages.ts'
import type { Due } from '../schedule/due.ts'
import { hintAt, minutesOf } from '../schedule/due.ts'

/** Nothing is announced though it is not suspended: nobody has looked at it since it was made or resumed. */
const unknown = 'status.nextScheduleTime=,spec.suspend=false'

/** CronTasks whose announced slot has come or comes before the next tick, a page for each minute, and those that have none announced. */
export const dueCronTasks: Due = async function* (reader, stretch) {
  const questions = [
    ...minutesOf(stretch).map((minute) => ({
      at: Date.parse(minute),
      fieldSelector: `status.nextScheduleTime=${minute}`,
    })),
    { at: 0, fieldSelector: unknown },
  ]
  for (const { at, fieldSelector } of questions)
    for await (const cronTasks of pagesOf(reader, 'CronTask', { fieldSelector }))
      yield cronTasks.flatMap(({ metadata: { name, namespace = '' } }) =>
        hintAt({ kind: 'CronTask', namespace, name }, at, stretch),
      )
}
