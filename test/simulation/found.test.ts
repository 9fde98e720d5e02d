import { expect, test } from 'vitest'
import type { Fault } from './fault.ts'
import { play } from './run.ts'
import { scenarios } from './scenarios/index.ts'
import { crowd } from './scenarios/crowds.ts'
import { story } from './story.ts'

/** Bugs that the simulation has found, each in the runs that found it. */
const found: readonly {
  readonly name: string
  readonly scenario: string
  /** Calls of the run without a fault at which it happened. */
  readonly at: RegExp
  readonly faults: (call: number) => readonly Fault[]
}[] = [
  {
    name: 'a Service that somebody made after the look was taken over',
    scenario: 'agent-foreign-service',
    at: /^get Service coder$/,
    faults: (call) => [{ kind: 'old', call, changes: 1000 }],
  },
  {
    name: 'a Task failed for want of a Pod that one answer did not show',
    scenario: 'task-direct',
    at: /^get Pod job-pod$/,
    faults: (call) => [1, 2, 5, 1000].map((changes) => ({ kind: 'old', call, changes })),
  },
]

test.each(found)('$name', async ({ scenario: name, at, faults }) => {
  const scenario = scenarios.find((one) => one.name === name)!
  const plain = { scenario, fault: { kind: 'none' as const }, seed: 1, copies: 1 }
  const { calls } = await play(plain)
  const numbers = calls.flatMap(({ what, isEarly }, call) => (isEarly && at.test(what) ? [call] : []))
  expect(numbers).not.toEqual([])
  const broken: string[] = []
  for (const fault of numbers.flatMap(faults)) {
    const run = { ...plain, fault }
    const outcome = await play(run)
    broken.push(...outcome.violations.map((violation) => story(run, violation, outcome)))
  }
  expect(broken).toEqual([])
})

test('two copies and a Service that comes at the same time as the Agent: it is not taken over', async () => {
  const foreign = scenarios.find(({ name }) => name === 'agent-foreign-service')!
  const scenario = { ...foreign, objects: foreign.objects.toReversed() }
  for (let seed = 1; seed <= 20; seed += 1) {
    const { violations } = await play({
      scenario: { ...scenario, isDone: () => true },
      fault: { kind: 'none' },
      seed,
      copies: 4,
    })
    expect(violations.filter(({ invariant }) => invariant === 'I9')).toEqual([])
  }
})

/** Who has to wait for others asks again and again: that must not cost more than the work. */
const waiting: readonly {
  readonly name: string
  readonly tasks: number
  readonly limit: number
  readonly fault: Fault
}[] = [
  { name: 'turns that are given at once', tasks: 40, limit: 40, fault: { kind: 'slow', milliseconds: 100 } },
  { name: 'hints that all come late', tasks: 24, limit: 3, fault: { kind: 'every hint', what: 'delay' } },
]

test.each(waiting)('$name are no avalanche of looks', async ({ tasks, limit, fault }) => {
  const { calls, violations } = await play({ scenario: crowd(tasks, limit), fault, seed: 1, copies: 1 })
  expect(violations).toEqual([])
  // When each look told everybody who was late, late hints cost 33,000 calls a Task.
  expect(calls.length / tasks).toBeLessThan(200)
})
