import type { Command } from 'commander'
import { collected, optionsOf, withExamples } from '../commands.ts'
import type { Io } from '../io.ts'
import type { LintOptions } from './lint.ts'
import type { RenderOptions } from './render.ts'

export const registerManifests = (program: Command, io: Io): void => {
  withExamples(
    program
      .command('lint')
      .description('say what admission would refuse of manifests, offline')
      .argument('[file...]', 'files and folders, as with -f')
      .option('-f, --filename <file>', 'a file, a folder with all its manifests, or - for stdin', collected)
      .option('-o, --output <form>', 'text, json or sarif')
      .option('--strict', 'fail on warnings too')
      .action(async (names: string[], _options, command: Command) => {
        const { lint } = await import('./lint.ts')
        await lint(io, names, optionsOf<LintOptions>(command))
      }),
    'kubeoc lint -f manifests/',
    'helm template . | kubeoc lint -f -',
    'kubeoc lint -f agent.yaml -o sarif > lint.sarif',
  )
  withExamples(
    program
      .command('render')
      .description('print what would be created for manifests, offline')
      .argument('[file...]', 'files and folders, as with -f')
      .option('-f, --filename <file>', 'a file, a folder with all its manifests, or - for stdin', collected)
      .option('-o, --output <form>', 'yaml or json')
      .option('--at <time>', 'moment from which the next run of a CronTask is shown (RFC 3339; default: now)')
      .action(async (names: string[], _options, command: Command) => {
        const { render } = await import('./render.ts')
        await render(io, names, optionsOf<RenderOptions>(command))
      }),
    'kubeoc render -f agent.yaml',
    'kubeoc render -f manifests/ -o json',
  )
}
