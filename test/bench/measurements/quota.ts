import { setTimeout as sleep } from 'node:timers/promises'
import type { FunctionsProcess } from '../functions-process.ts'
import { inFlight } from '../pace.ts'
import type { Rig } from '../rig.ts'
import type { Result } from '../row.ts'
import { openScene } from '../scene.ts'
import { latencyRows } from './latency.ts'

/** The shortest window there is. */
const windowSeconds = 60
const starts = 5

/**
 * M6: an Agent that may start five Tasks a minute and has ten; from the end of a window to the start that it allows.
 * With `restart`, the functions are started anew in between, so that none of them remembers the window.
 */
export const measureQuota = async (
  rig: Rig,
  functions: FunctionsProcess,
  isRestarted: boolean,
): Promise<{ readonly result: Result; readonly functions: FunctionsProcess }> => {
  const agents = { coder: { quota: { maxTaskStarts: starts, windowSeconds } } }
  const scene = await openScene(rig, 'm6', { agents, runMilliseconds: 0 })
  await inFlight(2 * starts, 1, async (index) => {
    await scene.createTask(`task-${index}`, 'coder')
  })
  await scene.untilAll(starts, 'Completed', 60)
  let serving = functions
  if (isRestarted) {
    await functions.stop()
    await sleep(1000)
    serving = await rig.startFunctions()
  }
  await scene.untilAll(2 * starts, 'Completed', windowSeconds + 60)
  await scene.close()
  const begun = scene.starts.map((name) => scene.lives.get(name)?.podCreatedAt ?? Number.NaN)
  const waits = begun.slice(starts).map((start, index) => start - (begun[index] ?? 0) - windowSeconds * 1000)
  const what = `quota window opens → Pod${isRestarted ? ', functions restarted in between' : ''}`
  const early = waits.filter((wait) => wait < 0).length
  return {
    functions: serving,
    result: {
      rows: [
        ...latencyRows('M6', what, waits, { 99: { atMost: 1000 } }),
        { id: 'M6', what: `${what}: too early`, unit: '', value: early, goal: { atMost: 0, always: true } },
      ],
    },
  }
}
