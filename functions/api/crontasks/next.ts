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
    const timeZone = spec.timeZone ?? 'UTC'
    const parsed = parseSchedule(spec.schedule, timeZone)
    if ('problem' in parsed)
      throw new Problem(422, 'Invalid', `spec.${parsed.problem.field} ${parsed.problem.message}`, {
        causes: [{ field: `spec.${parsed.problem.field}`, message: parsed.problem.message }],
      })
    const times: string[] = []
    let at: Date | undefined = clock.now()
    while (times.length < count && (at = parsed.schedule.next(at))) times.push(at.toISOString())
    const next: z.infer<typeof Next> = { timeZone, times }
    return c.json(next)
  },
})
