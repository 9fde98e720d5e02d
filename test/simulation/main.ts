import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { Command, InvalidArgumentError } from 'commander'
import type { Share, Told } from './worker.ts'
import { chosen } from './worker.ts'

const mostStories = 5

const whole = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('give a whole number')
  return Number(text)
}

const program = new Command('simulate')
  .description('Plays the functions against everything that can go wrong, and checks that nothing is lost or doubled.')
  .option('--seed <number>', 'draws the runs and whatever happens in any order', whole, 1)
  .option('--scenario <text>', 'only scenarios whose name has this in it')
  .option('--runs <number>', 'at most so many runs; a large number plays all there are', whole, 12_000)
  .option('--jobs <number>', 'so many at a time', whole, availableParallelism())
  .addHelpText(
    'after',
    `
Examples:
  npm run simulate                                        what is played before a release
  npm run simulate -- --seed 7 --runs 500                 a quick look with other dice
  npm run simulate -- --scenario task-stop --runs 100000  every fault there is, of the scenarios about stopping
`,
  )
  .parse()
const { seed, scenario, runs, jobs } = program.opts<{ seed: number; scenario?: string; runs: number; jobs: number }>()

if (chosen(scenario).length === 0) {
  const known = chosen(undefined).map(({ name }) => name)
  process.stderr.write(`no scenario has ${scenario} in its name; there are:\n  ${known.join('\n  ')}\n`)
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

const hear = ({ isFaulty, broken: found, story }: Told): void => {
  played += 1
  if (isFaulty) faulty += 1
  violations += found.length
  for (const what of found) broken.set(what, (broken.get(what) ?? 0) + 1)
  if (story !== undefined && stories < mostStories) {
    stories += 1
    process.stderr.write(`\n${story}\n\n`)
  }
}

const share = (part: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const workerData: Share = { only: scenario, seed, runs, part, parts: jobs }
    const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData })
    worker.on('message', hear)
    worker.on('error', reject)
    worker.on('exit', () => resolve())
  })

const timer = setInterval(progress, 5_000)
await Promise.all(Array.from({ length: Math.max(1, jobs) }, (_, part) => share(part)))
clearInterval(timer)
progress()
for (const [what, times] of [...broken].toSorted(([, one], [, other]) => other - one))
  process.stderr.write(`  ${times} × ${what}\n`)
process.stdout.write(`runs ${played}, faults ${faulty}, violations ${violations}\n`)
process.exitCode = violations > 0 ? 1 : 0
