import { runsOf } from '../campaign.ts'
import { play } from '../run.ts'
import { scenarios } from '../scenarios/index.ts'
import { runText } from '../story.ts'
import type { Planted } from './bugs.ts'

export interface Caught {
  /** Runs until it was noticed, that one included. */
  readonly runs: number
  readonly invariant: string
  /** How to play that run again. */
  readonly where: string
}

/** Plays at most `most` runs of each of the bug's scenarios until one of its invariants breaks; undefined where none does. */
export const hunt = async (
  { scenarios: names, rows, caughtBy }: Planted,
  seed: number,
  most: number,
): Promise<Caught | undefined> => {
  let runs = 0
  for (const scenario of scenarios.filter(({ name }) => names.includes(name)))
    for (const run of await runsOf(scenario, seed, most)) {
      runs += 1
      const { violations } = await play({ ...run, rows })
      const found = violations.find(({ invariant }) => caughtBy.includes(invariant))
      if (found) return { runs, invariant: found.invariant, where: runText(run) }
    }
  return undefined
}
