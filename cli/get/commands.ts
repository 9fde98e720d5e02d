import type { Command } from 'commander'
import { optionsOf, withExamples } from '../commands.ts'
import type { Io } from '../io.ts'
import type { DescribeOptions } from '../describe/describe.ts'
import type { GetOptions } from './get.ts'

export const registerGet = (program: Command, io: Io): void => {
  withExamples(
    program
      .command('get')
      .description('show agents, tasks, crontasks, agenttemplates, or all of them')
      .argument('<kind>', 'a kind, several with commas, all, or KIND/NAME')
      .argument('[name...]', 'only these')
      .option('-A, --all-namespaces', 'of every namespace')
      .option('-l, --selector <labels>', 'only those with these labels, such as kubeopencode.io/agent=coder')
      .option('--field-selector <fields>', 'only those with these fields, such as status.phase=Queued')
      .option('-o, --output <form>', 'wide, json, yaml or name')
      .option('-w, --watch', 'show changes as they happen, until Ctrl-C')
      .option('--no-headers', 'without the line of column names')
      .action(async (kind: string, names: string[], _options, command: Command) => {
        const { get } = await import('./get.ts')
        await get(io, [kind, ...names], optionsOf<GetOptions>(command))
      }),
    'kubeoc get tasks -A --field-selector status.phase=Queued -o wide',
    'kubeoc get agents,tasks',
    'kubeoc get task fix-the-tests -o yaml',
    'kubeoc get tasks --watch',
  )
  withExamples(
    program
      .command('describe')
      .description('tell all of an object: conditions, queue, children, events')
      .argument('<kind>', 'a kind, or KIND/NAME')
      .argument('[name...]', 'which ones')
      .option('--no-events', 'without the events')
      .action(async (kind: string, names: string[], _options, command: Command) => {
        const { describe } = await import('../describe/describe.ts')
        await describe(io, [kind, ...names], optionsOf<DescribeOptions>(command))
      }),
    'kubeoc describe agent coder',
    'kubeoc describe task/fix-the-tests -n demo',
  )
}
