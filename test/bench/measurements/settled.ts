import { setTimeout as sleep } from 'node:timers/promises'
import { isWrite, tally } from '../audit.ts'
import { inFlight, width } from '../pace.ts'
import type { Rig } from '../rig.ts'
import { functionsUser } from '../rig.ts'
import { untilAtRest } from '../rest.ts'
import type { Result } from '../row.ts'
import type { Scene } from '../scene.ts'
import { openScene } from '../scene.ts'

const hour = 3_600_000
const settleMilliseconds = 3_000
const agents = { free: {}, limited: { maxConcurrentTasks: 1 }, asleep: { suspend: true } }

/** Tasks that are done, at work, and waiting for a slot or for their Agent. */
export const openSettledWorld = async (rig: Rig): Promise<{ readonly close: () => Promise<void> }> => {
  const scenes: Scene[] = []
  const done = await openScene(rig, 'done', { agents: { free: {} }, runMilliseconds: 0 })
  scenes.push(done)
  await inFlight(20, width, async (index) => {
    await done.createTask(`task-${index}`, 'free')
  })
  await done.untilAll(20, 'Completed', 180)
  const held = await openScene(rig, 'held', { agents, runMilliseconds: hour })
  scenes.push(held)
  for (const [index, agent] of ['free', 'free', 'limited', 'limited', 'limited', 'asleep'].entries())
    await held.createTask(`task-${index}`, agent)
  await held.untilAll(3, 'Running', 180)
  await held.untilAll(3, 'Queued', 180)
  return {
    close: async () => {
      for (const scene of scenes) await scene.close()
    },
  }
}

/** Quiet when done: nothing is written while every object is looked at every second. */
export const measureSettled = async (rig: Rig, seconds: number): Promise<Result> => {
  await untilAtRest(rig, settleMilliseconds)
  const mark = rig.audit.mark()
  await sleep(seconds * 1000)
  const requests = rig.audit.since(mark, functionsUser)
  const writes = requests.filter(isWrite).length
  const goal = { atMost: 0, always: true }
  return {
    rows: [{ id: 'quiet', what: 'writes in a settled world, a sweep every second', unit: '', value: writes, goal }],
    requests: { [`quiet, ${seconds} s`]: tally(requests) },
  }
}
