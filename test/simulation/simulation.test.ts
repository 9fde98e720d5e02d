import { describe, expect, test } from 'vitest'
import { campaign } from './campaign.ts'
import { play } from './run.ts'
import { scenarios } from './scenarios/index.ts'
import { story } from './story.ts'
import { playTales } from './worker.ts'

const seed = 1

/** Stories of what a run broke; empty where all held. */
const broken = async (run: Parameters<typeof play>[0]): Promise<string[]> => {
  const outcome = await play(run)
  return outcome.violations.map((violation) => story(run, violation, outcome))
}

describe('without a fault', () => {
  // The larger crowds take longer than a unit test may.
  const quick = scenarios.filter(({ name }) => !/^(crowd-of-(24|40|1000)|clocks-)/.test(name))
  test.each(quick)(
    '$name',
    async (scenario) => expect(await broken({ scenario, fault: { kind: 'none' }, seed, copies: 1 })).toEqual([]),
    60_000,
  )
})

test('a handful of all that can go wrong; npm run simulate plays the rest', async () => {
  const small = scenarios.filter(({ name }) => /^(task-direct|task-stop-frees|task-queued-by-cap)/.test(name))
  const found: string[] = []
  for (const scenario of small)
    for await (const { run, outcome } of campaign(scenario, seed, 15))
      found.push(...outcome.violations.map((violation) => story(run, violation, outcome)))
  expect(found).toEqual([])
}, 480_000)

test('a few stories that are made up at random', async () => {
  let played = 0
  const found: (string | undefined)[] = []
  await playTales({ seed, runs: 40 }, (message) => {
    if (message === 'done') return
    played += 1
    if (message.broken.length > 0) found.push(message.story)
  })
  expect(found).toEqual([])
  expect(played).toBe(40)
}, 480_000)

test('the same run is the same each time', async () => {
  const scenario = scenarios.find(({ name }) => name === 'task-queued-by-capacity')!
  const twice = [1, 2].map(() => play({ scenario, fault: { kind: 'none' }, seed: 5, copies: 4 }))
  const [one, other] = await Promise.all(twice)
  expect(one?.history).toEqual(other?.history)
  expect(one?.calls).toEqual(other?.calls)
}, 480_000)
