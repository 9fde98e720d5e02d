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
const crowds = [2, 4, 8]
const pairsPerScenario = 24
const racesPerScenario = 4

/** What can go wrong with a scenario that was played once without a fault. */
const faultsOf = ({ calls, hints }: Outcome, random: () => number): Fault[] => {
  const early = calls.flatMap(({ isEarly, verb }, call) => (isEarly ? [{ call, verb }] : []))
  const writes = early.filter(({ verb }) => verb !== 'get' && verb !== 'list')
  const crashes = writes.flatMap(({ call }) =>
    moments.flatMap((moment) => fates.map((old): Crash => ({ kind: 'crash', call, moment, old }))),
  )
  const any = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T
  const pair = (): Fault => {
    const [first, second] = [any(crashes), any(crashes)].toSorted((one, other) => one.call - other.call)
    return {
      kind: 'crashes',
      first: first as Crash,
      second: { ...(second as Crash), call: (second as Crash).call + 3 },
    }
  }
  return [
    ...crashes,
    ...(crashes.length > 0 ? Array.from({ length: pairsPerScenario }, pair) : []),
    ...early.flatMap(({ call }) => answers.map((answer): Fault => ({ kind: 'answer', call, answer }))),
    ...Array.from({ length: hints }, (_, hint) => hint).flatMap((hint) =>
      hintFaults.map((what): Fault => ({ kind: 'hint', hint, what })),
    ),
    ...hintFaults.map((what): Fault => ({ kind: 'every hint', what })),
    ...leads.map((milliseconds): Fault => ({ kind: 'early hints', milliseconds })),
    ...jumps.flatMap((seconds) =>
      [0.25, 0.75].map((part): Fault => ({ kind: 'clock', call: Math.floor(early.length * part), seconds })),
    ),
    ...early.map(({ call }): Fault => ({ kind: 'haste', call })),
  ]
}

/** Every run of a scenario: each fault in turn, then several copies that take their turns in any order. */
const runsOf = async (scenario: Scenario, seed: number): Promise<Run[]> => {
  const base: Run = { scenario, fault: { kind: 'none' }, seed, copies: 1 }
  const faults = faultsOf(await play(base), randomFrom(seed))
  const hasPeople = (scenario.people ?? []).some(({ mayHaste }) => mayHaste)
  return [
    base,
    ...faults.filter(({ kind }) => kind !== 'haste' || hasPeople).map((fault): Run => ({ ...base, fault })),
    ...crowds.flatMap((copies) =>
      Array.from({ length: racesPerScenario }, (_, race): Run => ({ ...base, copies, seed: seed + race })),
    ),
  ]
}

/** `count` of all the runs, spread evenly over scenarios and faults by the seed; all of them where there are no more. */
export const campaign = async (scenarios: readonly Scenario[], seed: number, count: number): Promise<Run[]> => {
  const runs: Run[] = []
  for (const scenario of scenarios) runs.push(...(await runsOf(scenario, seed)))
  const random = randomFrom(seed)
  const drawn = runs.map((run) => ({ run, lot: run.fault.kind === 'none' && run.copies === 1 ? -1 : random() }))
  return drawn
    .toSorted((one, other) => one.lot - other.lot)
    .slice(0, count)
    .map(({ run }) => run)
}
