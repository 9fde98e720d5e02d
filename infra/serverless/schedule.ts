import { sweep } from '../../functions/schedule/sweep.ts'
import { tick } from '../../functions/schedule/tick.ts'
import { unreachableIn } from '../../shared/errors.ts'
import type { World } from './world.ts'

/** How often the schedules of these runtimes come at the most. */
export const tickSeconds = 60

export type Schedule = 'tick' | 'sweep'

/**
 * Asks for what is due within the next minute, or for everything. Gives for how many objects it asked. An apiserver that
 * is away is no error of it, which a runtime would write out with each call: the log says it once.
 */
export const runSchedule = async ({ rows, deps, outage }: World, schedule: Schedule): Promise<number> => {
  const { cluster, bus, clock, log } = deps
  const run = {
    tick: () => tick(rows, cluster, bus, clock.now(), tickSeconds),
    sweep: () => sweep(rows, cluster, bus, clock.now()),
  }
  try {
    const asked = await run[schedule]()
    outage.worked()
    log.debug(schedule, { asked })
    return asked
  } catch (error) {
    const unreachable = unreachableIn(error)
    if (!unreachable) throw error
    outage.failed(unreachable)
    return 0
  }
}
