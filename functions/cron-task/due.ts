import { pagesOf } from '../../shared/pages.ts'
import type { Due } from '../schedule/due.ts'
import { minutesBefore } from '../schedule/due.ts'

/** Nothing is announced though it is not suspended: nobody has looked at it since it was made or resumed. */
const unknown = 'status.nextScheduleTime=,spec.suspend=false'

/** CronTasks whose announced slot has come, a page for each minute, and those that have none announced. */
export const dueCronTasks: Due = async function* (reader, now) {
  const announced = minutesBefore(now).map((minute) => `status.nextScheduleTime=${minute}`)
  for (const fieldSelector of [...announced, unknown])
    for await (const cronTasks of pagesOf(reader, 'CronTask', { fieldSelector }))
      yield cronTasks.map(({ metadata: { name, namespace = '' } }) => ({ kind: 'CronTask', namespace, name }))
}
