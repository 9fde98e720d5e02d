import { parentPort as home, workerData } from 'node:worker_threads'
import { campaign } from './campaign.ts'
import { play } from './run.ts'
import type { Scenario } from './scenario.ts'
import { scenarios } from './scenarios/index.ts'
import { story } from './story.ts'

/** Which share of the runs a worker plays. */
export interface Share {
  readonly only: string | undefined
  readonly seed: number
  readonly runs: number
  readonly part: number
  readonly parts: number
}

/** What a worker tells of one run. */
export interface Told {
  readonly isFaulty: boolean
  readonly broken: readonly string[]
  readonly story: string | undefined
}

export const chosen = (only: string | undefined): readonly Scenario[] =>
  scenarios.filter(({ name }) => only === undefined || name.includes(only))

const work = async ({ only, seed, runs, part, parts }: Share): Promise<void> => {
  const mine = (await campaign(chosen(only), seed, runs)).filter((_, index) => index % parts === part)
  for (const run of mine) {
    const outcome = await play(run)
    const [first] = outcome.violations
    const told: Told = {
      isFaulty: run.fault.kind !== 'none' || run.copies > 1,
      broken: outcome.violations.map(({ invariant }) => `${invariant} in ${run.scenario.name}`),
      story: first && story(run, first, outcome),
    }
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    home?.postMessage(told)
  }
}

if (home) await work(workerData as Share)
