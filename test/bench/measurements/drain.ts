import { inversions } from '../numbers.ts'
import { inFlight, width } from '../pace.ts'
import type { Rig } from '../rig.ts'
import type { Result } from '../row.ts'
import type { Scene } from '../scene.ts'
import { openScene } from '../scene.ts'
import { byAge } from './queue.ts'

/** How the Tasks of M4 run. */
export const threeAtOnce = { limit: 3, runMilliseconds: 300 } as const

/** Seconds from the first Pod to the last Task that is done. */
export const drainSeconds = ({ lives }: Scene): number => {
  const all = [...lives.values()]
  const begun = Math.min(...all.map(({ podCreatedAt = Infinity }) => podCreatedAt))
  const done = Math.max(...all.map(({ completedAt = 0 }) => completedAt))
  return (done - begun) / 1000
}

/** M4 and M5: Tasks that all wait before their Agent is resumed; from the first Pod to the last Completed. */
export const measureDrain = async (rig: Rig, tasks: number, floor: number | undefined): Promise<Result> => {
  const { limit, runMilliseconds } = threeAtOnce
  const agents = { coder: { maxConcurrentTasks: limit, suspend: true } }
  const scene = await openScene(rig, 'm4', { agents, runMilliseconds })
  await inFlight(tasks, width, async (index) => {
    await scene.createTask(`task-${index}`, 'coder')
  })
  await scene.untilAll(tasks, 'Queued', 60 + tasks / 4)
  await scene.patchAgent('coder', { suspend: false })
  await scene.untilAll(tasks, 'Completed', 60 + tasks)
  await scene.close()

  const started = scene.starts.flatMap((name) => scene.lives.get(name) ?? [])
  const ideal = (Math.ceil(tasks / limit) * runMilliseconds) / 1000
  const seconds = drainSeconds(scene)
  const always = { always: true }
  const mostAlive = scene.mostAlive()
  return {
    rows: [
      { id: 'M4', what: `seconds to drain ${tasks} Tasks of 300 ms, limit 3`, unit: 's', value: seconds },
      { id: 'M4', what: 'times the ideal', unit: '×', value: seconds / ideal, goal: { atMost: 1.15 } },
      ...(floor === undefined
        ? []
        : [
            { id: 'M4', what: 'floor (no controller)', unit: 's', value: floor },
            { id: 'M4', what: 'times the floor', unit: '×', value: seconds / floor },
          ]),
      {
        id: 'M5',
        what: 'pairs started out of order, limit 3',
        unit: '',
        value: inversions(started, byAge),
        goal: { atMost: 0, ...always },
      },
      {
        id: 'M5',
        what: 'most Pods alive at once, limit 3',
        unit: '',
        value: mostAlive,
        goal: { atMost: limit, ...always },
      },
    ],
  }
}
