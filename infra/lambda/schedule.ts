import { sweep } from '../../functions/schedule/sweep.ts'
import { tick } from '../../functions/schedule/tick.ts'
import { unreachableIn } from '../../shared/errors.ts'
import { outageOf } from '../outage.ts'
import type { World } from './functions.ts'

const everySeconds = 60

/**
 * The function of the schedules: `{"schedule":"tick"}` each minute, `{"schedule":"sweep"}` each few minutes. An apiserver
 * that is away is no error of it, which the runtime would write out with each call: the log says it once, and an alarm reads that.
 */
export const scheduleHandler =
  (world: () => Promise<World>) =>
  async ({ schedule }: { readonly schedule?: unknown }): Promise<{ readonly asked: number }> => {
    const { rows, deps } = await world()
    const { cluster, bus, clock, log } = deps
    const run = {
      tick: () => tick(rows, cluster, bus, clock.now(), everySeconds),
      sweep: () => sweep(rows, cluster, bus),
    }
    if (schedule !== 'tick' && schedule !== 'sweep')
      throw new Error(`schedule is ${JSON.stringify(schedule)}; it must be "tick" or "sweep"`)
    const outage = outageOf(log, clock)
    try {
      const asked = await run[schedule]()
      outage.worked()
      log.debug(schedule, { asked })
      return { asked }
    } catch (error) {
      const unreachable = unreachableIn(error)
      if (!unreachable) throw error
      outage.failed(unreachable)
      return { asked: 0 }
    }
  }
