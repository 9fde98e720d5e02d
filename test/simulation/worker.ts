import { parentPort as home } from 'node:worker_threads'
import * as fc from 'fast-check'
import { runsOf } from './campaign.ts'
import type { Outcome, Run } from './run.ts'
import { play } from './run.ts'
import { scenarios } from './scenarios/index.ts'
import { story } from './story.ts'
import { runOf, tales, taleText } from './tale.ts'

/** What a worker is asked to play: a scenario with its faults, or, without one, stories made up at random. */
export interface Job {
  readonly scenario: string | undefined
  readonly seed: number
  readonly runs: number
}

/** What it tells of one run. */
export interface Told {
  readonly isFaulty: boolean
  readonly broken: readonly string[]
  readonly story: string | undefined
}

/** A run's news, or that the job is done. */
export type Message = Told | 'done'

type Tell = (message: Message) => void

const newsOf = (run: Run, outcome: Outcome): Told => {
  const [first] = outcome.violations
  return {
    isFaulty: run.copies > 1 || (run.fault.kind === 'many' ? run.fault.faults.length > 0 : run.fault.kind !== 'none'),
    broken: outcome.violations.map(({ invariant }) => `${invariant} in ${run.scenario.name}`),
    story: first && story(run, first, outcome),
  }
}

const playScenario = async (name: string, { seed, runs }: Job, tell: Tell): Promise<void> => {
  const scenario = scenarios.find((one) => one.name === name)
  if (!scenario) throw new Error(`there is no scenario ${name}`)
  for (const run of await runsOf(scenario, seed, runs)) tell(newsOf(run, await play(run)))
}

/** How long a tale that breaks something is made shorter. */
const shrinkMs = 20_000

/** Makes up stories until one breaks something, which is then told as short as it can be. */
export const playTales = async ({ seed, runs }: Omit<Job, 'scenario'>, tell: Tell): Promise<void> => {
  let shrinkingUntil: number | undefined
  const property = fc.asyncProperty(tales, async (tale) => {
    // What is not tried any more counts as sound, so that the shortest tale so far is the one that is told.
    if (shrinkingUntil !== undefined && performance.now() > shrinkingUntil) return true
    const run = runOf(tale)
    const news = newsOf(run, await play(run))
    const isBroken = news.broken.length > 0
    if (shrinkingUntil === undefined && !isBroken) tell(news)
    if (isBroken) shrinkingUntil ??= performance.now() + shrinkMs
    return !isBroken
  })
  const { failed, counterexample } = await fc.check(property, { seed, numRuns: runs })
  const [tale] = counterexample ?? []
  if (!failed || !tale) return
  const run = runOf(tale)
  const news = newsOf(run, await play(run))
  const again = `  to play it again: npm run simulate -- --random --seed ${seed} --runs ${runs} --jobs 1`
  tell({ ...news, story: [news.story, '', taleText(tale), again].join('\n') })
}

if (home) {
  const port = home
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  const tell: Tell = (message) => port.postMessage(message)
  port.on('message', (job: Job) => {
    const { scenario } = job
    void (scenario === undefined ? playTales(job, tell) : playScenario(scenario, job, tell)).then(() => tell('done'))
  })
}
