import { runSchedule } from '../serverless/schedule.ts'
import type { World } from '../serverless/world.ts'

/** The function of the schedules: `{"schedule":"tick"}` each minute, `{"schedule":"sweep"}` each few minutes. */
export const scheduleHandler =
  (world: () => Promise<World>) =>
  async ({ schedule }: { readonly schedule?: unknown }): Promise<{ readonly asked: number }> => {
    if (schedule !== 'tick' && schedule !== 'sweep')
      throw new Error(`schedule is ${JSON.stringify(schedule)}; it must be "tick" or "sweep"`)
    return { asked: await runSchedule(await world(), schedule) }
  }
