import type { Crash, Fault } from './fault.ts'
import { answers, hintFaults } from './fault.ts'
import type { Outcome, Run } from './run.ts'
import { play } from './run.ts'
import type { Scenario } from './scenario.ts'
import { randomFrom } from './stage.ts'

const moments = ['before', 'committed', 'answered'] as const
const fates = ['ended', 'lingers', 'thaws'] as const
const jumps = [1, 60, 3600, 25 * 3600].flatMap((seconds) => [seconds, -seconds])
const leads = [3, 20, 100, 3000]
/** The longest that an apiserver in need takes for an answer, in milliseconds. */
const slow = [100, 1000]
/** How many changes ago an old read looks. */
const ages = [1, 2, 3, 5, 8, 1000]
const crowds = [2, 4, 8]
const pairsPerScenario = 24
const racesPerCrowd = 8

const isRead = (verb: string): boolean => verb === 'get' || verb === 'list'

/** What can go wrong with a scenario that was played once without a fault, class by class. */
const faultClasses = ({ calls, hints }: Outcome, random: () => number): readonly (readonly Fault[])[] => {
  const early = calls.flatMap(({ isEarly, verb }, call) => (isEarly ? [{ call, verb }] : []))
  const reads = early.filter(({ verb }) => isRead(verb))
  const writes = early.filter(({ verb }) => !isRead(verb))
  const crashes = writes.flatMap(({ call }) =>
    moments.flatMap((moment) => fates.map((old): Crash => ({ kind: 'crash', call, moment, old }))),
  )
  const any = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T
  const pair = (): Fault => {
    const [first, second] = [any(crashes), any(crashes)].toSorted((one, other) => one.call - other.call)
    return { kind: 'many', faults: [first as Crash, { ...(second as Crash), call: (second as Crash).call + 3 }] }
  }
  const answered = (asked: typeof early): Fault[] =>
    asked.flatMap(({ call }) => answers.map((answer): Fault => ({ kind: 'answer', call, answer })))
  return [
    crashes,
    crashes.length > 0 ? Array.from({ length: pairsPerScenario }, pair) : [],
    answered(writes),
    answered(reads),
    Array.from({ length: hints }, (_, hint) => hint).flatMap((hint) =>
      hintFaults.map((what): Fault => ({ kind: 'hint', hint, what })),
    ),
    reads.flatMap(({ call }) => ages.map((changes): Fault => ({ kind: 'old', call, changes }))),
    hintFaults.map((what): Fault => ({ kind: 'every hint', what })),
    leads.map((milliseconds): Fault => ({ kind: 'early hints', milliseconds })),
    slow.map((milliseconds): Fault => ({ kind: 'slow', milliseconds })),
    jumps.flatMap((seconds) =>
      [0.25, 0.75].map((part): Fault => ({ kind: 'clock', call: Math.floor(early.length * part), seconds })),
    ),
    early.map(({ call }): Fault => ({ kind: 'haste', call })),
  ]
}

const shuffled = <T>(items: readonly T[], random: () => number): T[] =>
  items
    .map((item) => ({ item, lot: random() }))
    .toSorted((one, other) => one.lot - other.lot)
    .map(({ item }) => item)

/** One of each class in turn, until `count` are drawn or none is left. */
const drawn = <T>(classes: readonly (readonly T[])[], count: number, random: () => number): T[] => {
  const piles = classes.map((items) => shuffled(items, random))
  const longest = Math.max(0, ...piles.map(({ length }) => length))
  return Array.from({ length: longest }, (_, row) => piles.flatMap((pile) => pile.slice(row, row + 1)))
    .flat()
    .slice(0, count)
}

interface Played {
  readonly run: Run
  readonly outcome: Outcome
}

/** The run without a fault, whose calls say what can go wrong, and the others. */
const planOf = async (scenario: Scenario, seed: number, count: number): Promise<{ first: Played; rest: Run[] }> => {
  const base: Run = { scenario, fault: { kind: 'none' }, seed, copies: 1 }
  const random = randomFrom(seed)
  const hasPeople = (scenario.people ?? []).some(({ mayHaste }) => mayHaste)
  const outcome = await play(base)
  const alone = faultClasses(outcome, random).map((faults) =>
    faults.filter(({ kind }) => kind !== 'haste' || hasPeople).map((fault): Run => ({ ...base, fault })),
  )
  const together = crowds.map((copies) =>
    Array.from({ length: racesPerCrowd }, (_, race): Run => ({ ...base, copies, seed: seed + race })),
  )
  return { first: { run: base, outcome }, rest: drawn([...alone, ...together], count - 1, random) }
}

const racesOf = (scenario: Scenario, seed: number, count: number): Run[] | undefined =>
  scenario.races?.slice(0, count).map((copies) => ({ scenario, fault: { kind: 'none' }, seed, copies }))

/**
 * `count` runs of a scenario, or all there are: the one without a fault, then one of each class of faults in turn, drawn
 * by the seed; among them several copies that take their turns in any order.
 */
export const runsOf = async (scenario: Scenario, seed: number, count: number): Promise<readonly Run[]> => {
  const races = racesOf(scenario, seed, count)
  if (races) return races
  const { first, rest } = await planOf(scenario, seed, count)
  return [first.run, ...rest]
}

/** The same runs, played one after the other. */
export async function* campaign(scenario: Scenario, seed: number, count: number): AsyncGenerator<Played> {
  let runs = racesOf(scenario, seed, count)
  if (!runs) {
    const { first, rest } = await planOf(scenario, seed, count)
    yield first
    runs = rest
  }
  for (const run of runs) yield { run, outcome: await play(run) }
}

/** How many of `count` runs each scenario has: as many as any other, and fewer where one run is as long as many others. */
export const shares = (scenarios: readonly Scenario[], count: number): number[] => {
  const weights = scenarios.map(({ weight = 1 }) => weight)
  const whole = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => Math.max(1, Math.ceil((count * weight) / whole)))
}
