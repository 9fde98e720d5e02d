import type { Delay } from './loop-delay.ts'
import { watchLoop } from './loop-delay.ts'
import { load } from './machine.ts'
import type { Asked } from './options.ts'
import type { Profiled } from './profile/report.ts'
import { startRig } from './rig.ts'
import { measureRound, warmUp } from './round.ts'
import type { Result } from './row.ts'
import type { Line } from './table.ts'
import { linesOf } from './table.ts'

/** What was measured, and beside what. */
export interface Measured {
  readonly lines: readonly Line[]
  /** Of each round, by measurement. */
  readonly requests: readonly NonNullable<Result['requests']>[]
  readonly profiles: readonly Profiled[]
  /** Of this program, which is in all times. */
  readonly delay: Delay
  /** Runnable processes before the first round and after each. */
  readonly loads: readonly number[]
}

/** Makes what is asked for on a cluster of its own, which is gone afterwards. Profiles are written beside `stem`. */
export const measure = async (asked: Asked, stem: string): Promise<Measured> => {
  const { rounds, profile } = asked
  const loads = [load()]
  const rig = await startRig({ isProbed: profile })
  process.once('SIGINT', () => void rig.close().finally(() => process.exit(130)))
  try {
    const first = await rig.startFunctions()
    await warmUp(rig)
    await first.stop()
    const unwatch = watchLoop()
    const results: Result[] = []
    const requests: NonNullable<Result['requests']>[] = []
    const profiles: Profiled[] = []
    for (let round = 1; round <= rounds; round++) {
      process.stderr.write(`round ${round} of ${rounds}\n`)
      const made = await measureRound(rig, asked, rounds > 1 ? `${stem}-${round}` : stem)
      results.push(...made.results)
      requests.push(Object.assign({}, ...made.results.map((result) => result.requests)))
      profiles.push(...made.profiles)
      loads.push(load())
    }
    return { lines: linesOf(results.flatMap(({ rows }) => rows)), requests, profiles, delay: unwatch(), loads }
  } finally {
    await rig.close()
  }
}
