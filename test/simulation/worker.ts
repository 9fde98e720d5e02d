import { parentPort as home } from 'node:worker_threads'
import { runsOf } from './campaign.ts'
import { play } from './run.ts'
import { scenarios } from './scenarios/index.ts'
import { story } from './story.ts'

/** What a worker is asked to play. */
export interface Job {
  readonly scenario: string
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

const work = async ({ scenario: name, seed, runs }: Job, tell: (message: Message) => void): Promise<void> => {
  const scenario = scenarios.find((one) => one.name === name)
  if (!scenario) throw new Error(`there is no scenario ${name}`)
  for (const run of await runsOf(scenario, seed, runs)) {
    const outcome = await play(run)
    const [first] = outcome.violations
    tell({
      isFaulty: run.fault.kind !== 'none' || run.copies > 1,
      broken: outcome.violations.map(({ invariant }) => `${invariant} in ${run.scenario.name}`),
      story: first && story(run, first, outcome),
    })
  }
  tell('done')
}

if (home) {
  const port = home
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  const tell = (message: Message) => port.postMessage(message)
  port.on('message', (job: Job) => void work(job, tell))
}
