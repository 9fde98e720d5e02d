import type { Command } from 'commander'
import { withExamples } from '../commands.ts'
import { UsageError } from '../errors.ts'
import type { Io } from '../io.ts'
import { nearest } from '../nearest.ts'

const shells = ['bash', 'zsh', 'fish'] as const

export const registerCompletion = (program: Command, io: Io): void => {
  withExamples(
    program
      .command('completion')
      .description('print the completion of a shell: commands, options, and names from the cluster')
      .argument('<shell>', shells.join(', '))
      .action(async (shell: string) => {
        const found = shells.find((one) => one === shell)
        const meant = nearest(shell, shells)
        if (!found)
          throw new UsageError(
            `there is no completion for ${shell}: ${meant === undefined ? `choose ${shells.join(', ')}` : `did you mean ${meant}?`}`,
          )
        const { script } = await import('./scripts.ts')
        io.out.write(script(found))
      }),
    'source <(kubeoc completion bash)',
    'kubeoc completion zsh > "${fpath[1]}/_kubeoc"',
    'kubeoc completion fish > ~/.config/fish/completions/kubeoc.fish',
  )
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (words: string[]) => {
      const { complete } = await import('./complete.ts')
      for (const line of await complete(io, program, words)) io.out.write(`${line}\n`)
    })
}
