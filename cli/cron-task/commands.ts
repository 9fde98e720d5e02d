import type { Command } from 'commander'
import type { ClusterOptions } from '../cluster/access.ts'
import { optionsOf, withExamples } from '../commands.ts'
import type { Io } from '../io.ts'

export const registerCronTask = (program: Command, io: Io): void => {
  const cronTask = program.command('crontask').description('run a CronTask now, suspend or resume it')
  const verbs = [
    { verb: 'trigger', says: 'make one Task now, beside the schedule' },
    { verb: 'suspend', says: 'make no more Tasks; those at work finish' },
    { verb: 'resume', says: 'follow the schedule again' },
  ] as const
  for (const { verb, says } of verbs)
    withExamples(
      cronTask
        .command(verb)
        .description(says)
        .argument('<name...>', 'which ones')
        .action(async (names: string[], _options, command: Command) => {
          const { change } = await import('./change.ts')
          await change(io, names, verb, optionsOf<ClusterOptions>(command))
        }),
      `kubeoc crontask ${verb} nightly`,
    )
}
