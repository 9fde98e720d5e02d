import { setTimeout as sleep } from 'node:timers/promises'
import { load } from './machine.ts'
import type { Parts, Serving } from './measurements.ts'
import { openSettledWorld } from './measurements/settled.ts'
import type { Asked } from './options.ts'
import type { Profiled } from './profile/report.ts'
import { withProfile } from './profile/take.ts'
import type { Rig } from './rig.ts'
import type { Result } from './row.ts'

export interface Round {
  readonly results: readonly Result[]
  readonly profiles: readonly Profiled[]
}

const tell = (text: string): void => void process.stderr.write(`${text}\n`)

/** Code that has run before is what is measured, on both sides of the wire. */
export const warmUp = async (rig: Rig): Promise<void> => {
  const world = await openSettledWorld(rig)
  await world.close()
}

/** All that is asked for once, with the functions started anew. Profiles are written beside `stem`. */
export const measureRound = async (rig: Rig, { asked, scale, profile }: Asked, stem: string): Promise<Round> => {
  const sized = (count: number): number => Math.max(5, Math.round(count * scale))
  const parts = asked.map(({ name, of }) => ({ name, parts: of(rig, sized, scale) }))
  const results: Result[] = []
  const profiles: Profiled[] = []
  const each = async (part: (parts: Parts, name: string) => Promise<Result | undefined> | undefined): Promise<void> => {
    for (const { name, parts: own } of parts) {
      const begun = performance.now()
      const result = await part(own, name)
      if (!result) continue
      results.push(result)
      tell(`  ${name}: ${((performance.now() - begun) / 1000).toFixed(1)} s, load ${load()}`)
    }
  }

  await each(({ bare }) => bare?.())
  if (parts.some(({ parts: { working } }) => working !== undefined)) {
    let functions = await rig.startFunctions()
    const serving: Serving = {
      functions: () => functions,
      restart: async (pauseMilliseconds) => {
        await functions.stop()
        await sleep(pauseMilliseconds)
        functions = await rig.startFunctions()
      },
    }
    await warmUp(rig)
    await each(async ({ working }, name) => {
      if (!working || !profile) return working?.(serving)
      const { result, profiled } = await withProfile(rig, serving, `${stem}-${name}.cpuprofile`, () => working(serving))
      if (profiled) profiles.push({ ...profiled, name })
      else tell(`  ${name} has no profile, as the functions were started anew meanwhile`)
      return result
    })
    await functions.stop()
  }
  await each(({ after }) => after?.())
  return { results, profiles }
}
