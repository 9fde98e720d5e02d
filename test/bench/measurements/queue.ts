import { inversions } from '../numbers.ts'
import { inFlight, width } from '../pace.ts'
import type { Rig } from '../rig.ts'
import type { Result } from '../row.ts'
import type { Life, Scene } from '../scene.ts'
import { openScene } from '../scene.ts'
import { floorRows } from './floor.ts'
import { latencyRows } from './latency.ts'

/** How the Tasks of M3 run. */
export const oneByOne = { limit: 1, runMilliseconds: 200 } as const

/** The order that is promised: creationTimestamp, then uid. */
export const byAge = (one: Life, other: Life): number =>
  one.creationTimestamp.localeCompare(other.creationTimestamp) || one.uid.localeCompare(other.uid)

/** Milliseconds from the news that a Pod has ended to the news of the next one. */
export const gapsOf = ({ starts, lives }: Scene): number[] => {
  const started = starts.flatMap((name) => lives.get(name) ?? [])
  return started
    .slice(1)
    .map(({ podCreatedAt = 0 }, index) => podCreatedAt - (started[index]?.podEndedAt ?? Number.NaN))
}

/**
 * M3 and M5: Tasks that all wait for an Agent with limit 1 before it is resumed; from the news that a Pod has ended to
 * the news of the next one.
 */
export const measureQueue = async (rig: Rig, tasks: number, floor: readonly number[] | undefined): Promise<Result> => {
  const { limit, runMilliseconds } = oneByOne
  const agents = { coder: { maxConcurrentTasks: limit, suspend: true } }
  const scene = await openScene(rig, 'm3', { agents, runMilliseconds })
  await inFlight(tasks, width, async (index) => {
    await scene.createTask(`task-${index}`, 'coder')
  })
  await scene.untilAll(tasks, 'Queued', 60 + tasks / 4)
  await scene.patchAgent('coder', { suspend: false })
  await scene.untilAll(tasks, 'Completed', 60 + 2 * tasks)
  await scene.close()

  const started = scene.starts.flatMap((name) => scene.lives.get(name) ?? [])
  const waits = gapsOf(scene)
  const what = 'slot free → next Pod, limit 1'
  const nothing = { atMost: 0, always: true }
  return {
    rows: [
      ...latencyRows('M3', what, waits, { 50: { atMost: 40 }, 99: { atMost: 150 } }),
      ...floorRows('M3', what, waits, floor),
      { id: 'M5', what: 'pairs started out of order', unit: '', value: inversions(started, byAge), goal: nothing },
      {
        id: 'M5',
        what: 'most Pods alive at once, limit 1',
        unit: '',
        value: scene.mostAlive(),
        goal: { atMost: 1, always: true },
      },
    ],
  }
}
