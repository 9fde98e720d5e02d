import { percentile } from '../numbers.ts'
import { agentObject, paths, taskObject } from '../objects.ts'
import { inFlight } from '../pace.ts'
import { untilAtRest } from '../rest.ts'
import type { Rig } from '../rig.ts'
import type { Result } from '../row.ts'
import { openScene } from '../scene.ts'

/** How many creates are under way at once. */
export const widths = [1, 10, 50] as const

/** How long nobody asks for anything before it begins. */
const restMilliseconds = 500

/** Milliseconds of each create, by how many were under way. */
export type Creates = ReadonlyMap<(typeof widths)[number], readonly number[]>

/** Creates that come first and are not timed. */
export const warmUps = (count: number): number => Math.ceil(count / 4)

/**
 * Times creates of a Task that are dry runs: they pass admission as others do, and then nothing is stored, so that
 * neither the disk nor the functions are part of it.
 */
export const timeCreates = async (rig: Rig, count: number): Promise<Creates> => {
  const scene = await openScene(rig, 'm11', { agents: {}, runMilliseconds: 0, isEmpty: true })
  await rig.person.send('POST', paths.agents(scene.namespace), agentObject('coder'))
  await untilAtRest(rig, restMilliseconds)
  const path = `${paths.tasks(scene.namespace)}?dryRun=All`
  const timed = async (width: number, creates: number): Promise<number[]> => {
    const times: number[] = []
    await inFlight(creates, width, async (index) => {
      const begun = performance.now()
      await rig.person.send('POST', path, taskObject(`task-${index}`, 'coder'))
      times.push(performance.now() - begun)
    })
    return times
  }
  await timed(10, warmUps(count))
  const creates = new Map<(typeof widths)[number], number[]>()
  for (const width of widths) creates.set(width, await timed(width, count))
  await rig.person.send('DELETE', `${paths.agents(scene.namespace)}/coder`)
  await scene.close()
  return creates
}

/** M11: what the webhooks add to a create, each percentile beside the same without them. */
export const measureAdmission = async (rig: Rig, count: number, without: Creates): Promise<Result> => {
  const creates = await timeCreates(rig, count)
  return {
    rows: widths.flatMap((width) =>
      ([50, 99] as const).map((percent) => ({
        id: 'M11',
        what: `added by webhooks, ${width} in flight, p${percent}`,
        unit: 'ms',
        value: percentile(creates.get(width) ?? [], percent) - percentile(without.get(width) ?? [], percent),
        ...(width === 10 && percent === 99 && { goal: { atMost: 20 } }),
      })),
    ),
  }
}
