import * as z from 'zod'
import type { CronTask } from '../../../crds/cron-task.ts'
import { pathOf } from '../../../shared/kubernetes.ts'
import type { Clock } from '../../../shared/ports.ts'
import { parseSchedule } from '../../../shared/schedule.ts'
import { placeOf, queryOf, wholeNumber } from '../inputs.ts'
import { readObject } from '../objects/write.ts'
import { Problem } from '../problem.ts'
import type { Route } from '../route.ts'

const most = 50

const Query = z.object({
  count: wholeNumber(1, most).optional().describe(`How many times, ${most} at most and 5 without it.`),
})

const Next = z.object({
  timeZone: z.string().describe('The zone that the schedule is read in.'),
  times: z.array(z.string()).describe('RFC 3339, the soonest first. A CronTask that is suspended lets them pass.'),
})

/** The next times of a schedule; throws the Problem of one that cannot be read, with the field below `where`. */
const nextOf = (schedule: string, timeZone: string, now: Date, count: number, where: string): z.infer<typeof Next> => {
  const parsed = parseSchedule(schedule, timeZone)
  if ('problem' in parsed) {
    const field = `${where}${parsed.problem.field}`
    throw new Problem(422, 'Invalid', `${field} ${parsed.problem.message}`, {
      causes: [{ field, message: parsed.problem.message }],
    })
  }
  const times: string[] = []
  let at: Date | undefined = now
  while (times.length < count && (at = parsed.schedule.next(at))) times.push(at.toISOString())
  return { timeZone, times }
}

/** The times a schedule has ahead of it, reckoned by what makes the Tasks. */
export const nextRoute = (clock: Clock): Route => ({
  method: 'GET',
  path: '/api/v1/namespaces/{namespace}/crontasks/{name}/next',
  summary: 'When its schedule comes due next, several times ahead',
  query: Query,
  answer: { shape: Next },
  handle: async (c) => {
    const { namespace, name } = placeOf(c)
    const { count = 5 } = queryOf(c, Query)
    const { spec } = await readObject<CronTask>(c.var.apiserver, pathOf('CronTask', namespace, name))
    return c.json(nextOf(spec.schedule, spec.timeZone ?? 'UTC', clock.now(), count, 'spec.'))
  },
})

const PreviewQuery = z.object({
  schedule: z.string().max(256).describe('Five fields, as in spec.schedule.'),
  timeZone: z.string().max(64).optional().describe('IANA zone; UTC without it.'),
  count: Query.shape.count,
})

/** The same of a schedule that is being written. */
export const schedulePreviewRoute = (clock: Clock): Route => ({
  method: 'GET',
  path: '/api/v1/schedule',
  summary: 'When a schedule would come due next, before there is a CronTask that has it',
  query: PreviewQuery,
  answer: { shape: Next },
  handle: (c) => {
    const { schedule, timeZone, count = 5 } = queryOf(c, PreviewQuery)
    return c.json(nextOf(schedule, timeZone || 'UTC', clock.now(), count, ''))
  },
})
