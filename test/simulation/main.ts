import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { Command, InvalidArgumentError } from 'commander'
import { shares } from './campaign.ts'
import { planted } from './planted/bugs.ts'
import { hunt } from './planted/hunt.ts'
import { scenarios } from './scenarios/index.ts'
import type { Job, Message } from './worker.ts'

const mostStories = 5

const whole = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('give a whole number')
  return Number(text)
}

const program = new Command('simulate')
  .description('Plays the functions against everything that can go wrong, and checks that nothing is lost or doubled.')
  .option('--seed <number>', 'draws the runs and whatever happens in any order', whole, 1)
  .option('--scenario <text>', 'only scenarios whose name has this in it')
  .option('--random', 'only stories that are made up at random')
  .option('--runs <number>', 'about so many runs; a large number plays all there are', whole, 10_500)
  .option('--planted', 'plants one bug of each class in the functions, and fails where one goes unnoticed')
  .option('--jobs <number>', 'so many at a time', whole, availableParallelism())
  .addHelpText(
    'after',
    `
Examples:
  npm run simulate                                        what is played before a release
  npm run simulate -- --seed 7 --runs 500                 a quick look with other dice
  npm run simulate -- --planted                           whether the simulation would notice
  npm run simulate -- --scenario task-stop --runs 100000  every fault there is, of the scenarios about stopping
`,
  )
  .parse()
const options = program.opts<{
  seed: number
  scenario?: string
  runs: number
  jobs: number
  planted?: true
  random?: true
}>()
const { seed, scenario: only, runs } = options

/** How many runs of each scenario a planted bug may go unnoticed for. */
const mostHuntRuns = 300

if (options.planted) {
  let caught = 0
  for (const bug of planted) {
    const found = await hunt(bug, seed, mostHuntRuns)
    if (found) caught += 1
    const how = found ? `caught by ${found.invariant} in run ${found.runs}: ${found.where}` : 'NOT NOTICED'
    process.stderr.write(`${bug.name}: ${how}\n`)
  }
  process.stdout.write(`planted ${planted.length}, caught ${caught}\n`)
  process.exit(caught === planted.length ? 0 : 1)
}

const chosen = scenarios.filter(({ name }) => only === undefined || name.includes(only))
if (chosen.length === 0) {
  const known = scenarios.map(({ name }) => name)
  process.stderr.write(`no scenario has ${only} in its name; there are:\n  ${known.join('\n  ')}\n`)
  process.exit(2)
}

const began = performance.now()
const broken = new Map<string, number>()
let played = 0
let faulty = 0
let violations = 0
let stories = 0

const progress = (): void => {
  const seconds = Math.round((performance.now() - began) / 1000)
  process.stderr.write(`${played} runs in ${seconds} s, ${violations} violations\n`)
}

const hear = ({ isFaulty, broken: found, story }: Exclude<Message, 'done'>): void => {
  played += 1
  if (isFaulty) faulty += 1
  violations += found.length
  for (const what of found) broken.set(what, (broken.get(what) ?? 0) + 1)
  if (story !== undefined && stories < mostStories) {
    stories += 1
    process.stderr.write(`\n${story}\n\n`)
  }
}

/** The longest scenarios are last in the list and begin first, so that nobody waits for one at the end. */
/** A part of the runs are stories that nobody has written, unless a scenario was asked for. */
const randomPart = options.random ? 1 : only === undefined ? 0.1 : 0
const chunk = 200
const randomRuns = Math.ceil(runs * randomPart)
const parts = shares(chosen, runs - randomRuns)
const told = chosen.map(({ name }, index): Job => ({ scenario: name, seed, runs: parts[index] ?? 1 }))
const madeUp = Array.from({ length: Math.ceil(randomRuns / chunk) }, (_, index): Job => ({
  scenario: undefined,
  seed: seed + index,
  runs: Math.min(chunk, randomRuns - index * chunk),
}))
const jobs = [...(options.random ? [] : told), ...madeUp]

/** A worker takes one scenario after the other until none is left. */
const employ = (): Promise<void> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('worker.ts', import.meta.url))
    const next = (): void => {
      const job = jobs.pop()
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      if (job) worker.postMessage(job)
      else void worker.terminate().then(() => resolve())
    }
    worker.on('message', (message: Message) => (message === 'done' ? next() : hear(message)))
    worker.on('error', reject)
    next()
  })

const timer = setInterval(progress, 5_000)
await Promise.all(Array.from({ length: Math.max(1, options.jobs) }, employ))
clearInterval(timer)
progress()
for (const [what, times] of [...broken].toSorted(([, one], [, other]) => other - one))
  process.stderr.write(`  ${times} × ${what}\n`)
process.stdout.write(`runs ${played}, faults ${faulty}, violations ${violations}\n`)
process.exitCode = violations > 0 ? 1 : 0
