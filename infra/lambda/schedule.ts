import { sweep } from '../../functions/schedule/sweep.ts'
import { tick } from '../../functions/schedule/tick.ts'
import type { World } from './functions.ts'

const everySeconds = 60

/** The function of the schedules: `{"schedule":"tick"}` each minute, `{"schedule":"sweep"}` each few minutes. */
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
    const asked = await run[schedule]()
    log.debug(schedule, { asked })
    return { asked }
  }
