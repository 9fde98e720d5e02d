import type { Command } from 'commander'
import type { ClusterOptions } from '../cluster/access.ts'
import { optionsOf, withExamples } from '../commands.ts'
import type { Io } from '../io.ts'
import type { AttachOptions } from './attach.ts'

export const registerAgent = (program: Command, io: Io): void => {
  const agent = program.command('agent').description('attach to an Agent, suspend or resume it')
  withExamples(
    agent
      .command('attach')
      .description('open OpenCode on your screen, working with the Agent in the cluster')
      .argument('<name>', 'which one')
      .argument('[opencode-options...]', 'options for opencode attach, after --')
      .option('--print-url', 'only open the way to the server and print its address; until Ctrl-C')
      .option('--wake-timeout <time>', 'how long a suspended Agent may take to wake, such as 3m', '3m')
      .action(async (name: string, rest: string[], _options, command: Command) => {
        const { attach } = await import('./attach.ts')
        await attach(io, name, rest, optionsOf<AttachOptions>(command))
      }),
    'kubeoc agent attach coder',
    'kubeoc agent attach coder -- --continue',
    'kubeoc agent attach coder --print-url',
  ).addHelpText(
    'after',
    `
The way goes through the apiserver's service proxy with your own rights: no Ingress, no port-forward. A suspended Agent
is woken, and stays awake while you are there.`,
  )
  const verbs = [
    { verb: 'suspend', says: 'scale the server to nothing; no Task begins, those at work finish' },
    { verb: 'resume', says: 'start the server again' },
  ] as const
  for (const { verb, says } of verbs)
    withExamples(
      agent
        .command(verb)
        .description(says)
        .argument('<name...>', 'which ones')
        .action(async (names: string[], _options, command: Command) => {
          const { setSuspended } = await import('./suspend.ts')
          await setSuspended(io, names, verb, optionsOf<ClusterOptions>(command))
        }),
      `kubeoc agent ${verb} coder`,
    )
}
