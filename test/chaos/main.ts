import { Command, InvalidArgumentError } from 'commander'
import { playChaos } from './chaos.ts'

const whole = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('give a whole number')
  return Number(text)
}

const options = new Command('chaos')
  .description(
    'Kills the functions again and again on a real apiserver under load, and checks that nothing is lost or doubled.',
  )
  .option('--kills <number>', 'processes that are ended by SIGKILL at random moments', whole, 200)
  .option('--copies <number>', 'processes that work at once', whole, 4)
  .option('--restarts <number>', 'restarts of the apiserver', whole, 5)
  .option('--rotations <number>', 'replacements of the webhooks’ authority', whole, 5)
  .option('--doors <number>', 'times that the webhooks are down, are slow, and show a wrong certificate', whole, 5)
  .option('--seed <number>', 'draws the moments', whole, 1)
  .parse()
  .opts<{ kills: number; copies: number; restarts: number; rotations: number; doors: number; seed: number }>()

const { doors, ...rest } = options
const verdict = await playChaos({
  ...rest,
  doorTroubles: doors,
  told: (line) => process.stderr.write(`${line}\n`),
})
for (const violation of verdict.violations) process.stderr.write(`  ${violation}\n`)
process.stdout.write(
  `kills ${verdict.kills}, copies ${options.copies}, restarts ${verdict.restarts}, rotations ${verdict.rotations}, ` +
    `webhook troubles ${verdict.doorTroubles}, tasks ${verdict.tasks}, seconds ${verdict.seconds}, ` +
    `violations ${verdict.violations.length}\n`,
)
process.exit(verdict.violations.length > 0 ? 1 : 0)
