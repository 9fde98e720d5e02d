import { inFlight } from '../pace.ts'
import type { Rig } from '../rig.ts'
import type { Result, Row } from '../row.ts'
import { openScene } from '../scene.ts'
import { latencyRows } from './latency.ts'

/** The shortest window there is. */
const windowSeconds = 60
const starts = 5
/** How long nobody serves in between. */
const pauseMilliseconds = 1000

/** From the end of a window to the start that it allows, for an Agent that may start five Tasks a minute and has ten. */
const waitsOf = async (rig: Rig, restart: (() => Promise<void>) | undefined): Promise<Row[]> => {
  const agents = { coder: { quota: { maxTaskStarts: starts, windowSeconds } } }
  const scene = await openScene(rig, 'm6', { agents, runMilliseconds: 0 })
  await inFlight(2 * starts, 1, async (index) => {
    await scene.createTask(`task-${index}`, 'coder')
  })
  await scene.untilAll(starts, 'Completed', 60)
  await restart?.()
  await scene.untilAll(2 * starts, 'Completed', windowSeconds + 60)
  await scene.close()
  const begun = scene.starts.map((name) => scene.lives.get(name)?.podCreatedAt ?? Number.NaN)
  const waits = begun.slice(starts).map((start, index) => start - (begun[index] ?? 0) - windowSeconds * 1000)
  const what = `quota window opens → Pod${restart ? ', functions restarted in between' : ''}`
  const early = waits.filter((wait) => wait < 0).length
  return [
    ...latencyRows('M6', what, waits, { 99: { atMost: 1000 } }),
    { id: 'M6', what: `${what}: too early`, unit: '', value: early, goal: { atMost: 0, always: true } },
  ]
}

/** M6: with the functions running on, and started anew in between, so that none of them remembers the window. */
export const measureQuota = async (
  rig: Rig,
  restart: (pauseMilliseconds: number) => Promise<void>,
): Promise<Result> => ({
  rows: [...(await waitsOf(rig, undefined)), ...(await waitsOf(rig, () => restart(pauseMilliseconds)))],
})
