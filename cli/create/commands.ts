import type { Command } from 'commander'
import { optionsOf, withExamples } from '../commands.ts'
import type { Io } from '../io.ts'
import { registerCreateTask } from '../task/commands.ts'
import type { AgentOptions } from './agent.ts'
import type { CronTaskOptions } from './cron-task.ts'

const dryRun = ['--dry-run', 'let the apiserver judge it and store nothing'] as const
const output = ['-o, --output <form>', 'json, yaml or name'] as const

const registerCreateAgent = (create: Command, io: Io): void => {
  withExamples(
    create
      .command('agent')
      .description('make an Agent from a template')
      .argument('<name>', 'of the Agent')
      .requiredOption('--template <name>', 'AgentTemplate that says what it is made of')
      .option('--profile <text>', 'what it is for, in a few words')
      .option('--max-concurrent-tasks <number>', 'Tasks it works on at once; 0 for any number')
      .option('--idle-timeout <duration>', 'fall asleep after so long without work, such as 30m')
      .option('--wait', 'wait until its server is ready')
      .option('--wait-timeout <time>', 'how long --wait waits', '3m')
      .option(...dryRun)
      .option(...output)
      .action(async (name: string, _options, command: Command) => {
        const { createAgent } = await import('./agent.ts')
        await createAgent(io, name, optionsOf<AgentOptions>(command))
      }),
    'kubeoc create agent coder --template team-config --wait',
    'kubeoc create agent night-shift --template team-config --max-concurrent-tasks 3 --idle-timeout 30m',
  )
}

const registerCreateCronTask = (create: Command, io: Io): void => {
  withExamples(
    create
      .command('crontask')
      .description('make a CronTask, which makes a Task whenever its schedule says so')
      .argument('<name>', 'of the CronTask')
      .argument('<prompt>', 'what is to be done each time; - reads it from stdin')
      .requiredOption('--schedule <cron>', 'minute hour day month weekday, such as "0 3 * * *"')
      .option('--time-zone <zone>', 'of the schedule, such as Europe/Berlin; UTC if it is left out')
      .option('--agent <name>', 'Agent that does it')
      .option('--template <name>', 'AgentTemplate to run it from, in a Pod of its own')
      .option('--timeout <duration>', 'how long each Task may run, such as 30m')
      .option('--suspend', 'make no Task by the schedule yet')
      .option(...dryRun)
      .option(...output)
      .action(async (name: string, prompt: string, _options, command: Command) => {
        const { createCronTask } = await import('./cron-task.ts')
        await createCronTask(io, name, prompt, optionsOf<CronTaskOptions>(command))
      }),
    'kubeoc create crontask nightly "Update the dependencies" --schedule "0 3 * * *" --agent coder',
  )
}

export const registerCreate = (program: Command, io: Io): void => {
  const create = program.command('create').description('make an Agent, a Task or a CronTask')
  registerCreateAgent(create, io)
  registerCreateTask(create, io)
  registerCreateCronTask(create, io)
}
