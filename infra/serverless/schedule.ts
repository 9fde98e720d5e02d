import { sweep } from '../../functions/schedule/sweep.ts'
import { tick } from '../../functions/schedule/tick.ts'
import type { World } from './world.ts'

/** How often the schedules of these runtimes come at the most. */
export const tickSeconds = 60

export type Schedule = 'tick' | 'sweep'

/** Asks for what is due within the next minute, or for everything. Gives for how many objects it asked. */
export const runSchedule = async ({ rows, deps }: World, schedule: Schedule): Promise<number> => {
  const { cluster, bus, clock, log } = deps
  const run = {
    tick: () => tick(rows, cluster, bus, clock.now(), tickSeconds),
    sweep: () => sweep(rows, cluster, bus),
  }
  const asked = await run[schedule]()
  log.debug(schedule, { asked })
  return asked
}
