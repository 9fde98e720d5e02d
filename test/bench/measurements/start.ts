import { atRate } from '../pace.ts'
import type { Rig } from '../rig.ts'
import type { Result } from '../row.ts'
import { openScene } from '../scene.ts'
import { floorRows } from './floor.ts'
import { latencyRows, startWaits } from './latency.ts'

/** How the Tasks of M2 come and run. */
export const tenASecond = { perSecond: 10, runMilliseconds: 200 } as const

/** M2: from the answer to the person who creates a Task to the news of its Pod, at 10 Tasks/s. */
export const measureStart = async (rig: Rig, tasks: number, floor: readonly number[] | undefined): Promise<Result> => {
  const { perSecond, runMilliseconds } = tenASecond
  const scene = await openScene(rig, 'm2', { agents: { coder: {} }, runMilliseconds })
  const answeredAt = new Map<string, number>()
  await atRate(tasks, perSecond, async (index) => {
    const name = `task-${index}`
    answeredAt.set(name, await scene.createTask(name, 'coder'))
  })
  await scene.untilAll(tasks, 'Completed', 60)
  await scene.close()
  const waits = startWaits(scene, answeredAt)
  const what = 'apply → Pod at 10/s'
  return {
    rows: [
      ...latencyRows('M2', what, waits, { 50: { atMost: 25 }, 99: { atMost: 80 } }),
      ...floorRows('M2', what, waits, floor),
    ],
  }
}
