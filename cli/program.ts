import { Command, CommanderError } from 'commander'
import { registerAgent } from './agent/commands.ts'
import { registerCompletion } from './completion/commands.ts'
import { registerCreate } from './create/commands.ts'
import { registerCronTask } from './cron-task/commands.ts'
import { registerDashboard } from './dashboard/commands.ts'
import { registerDoctor } from './doctor/commands.ts'
import { CommandError, Interrupted, UsageError } from './errors.ts'
import { registerGet } from './get/commands.ts'
import type { Io } from './io.ts'
import { say } from './io.ts'
import { registerManifests } from './manifests/commands.ts'
import { registerTask } from './task/commands.ts'
import { version } from './version.ts'

/** `--help` of the whole: what a newcomer needs first. */
const examples = `
Examples:
  kubeoc get agents,tasks                          what there is
  kubeoc run "Repair the tests" --agent coder      give work, follow it, end as it ends
  kubeoc task why fix-the-tests                    what a Task waits for
  kubeoc agent attach coder                        sit down beside the agent
  kubeoc lint -f manifests/                        what admission would refuse, offline
  kubeoc doctor                                    whether all is well with the installation

The cluster is that of your kubeconfig: KUBECONFIG, --kubeconfig, --context and -n as with kubectl.
`

/** `kubectl oc` runs the same program as a plugin of kubectl. */
const nameOf = (program: string): string => (/(^|[\\/])kubectl-oc(\.[a-z]+)?$/.test(program) ? 'kubectl oc' : 'kubeoc')

export const createProgram = (io: Io, invokedAs = 'kubeoc'): Command => {
  const name = nameOf(invokedAs)
  const program = new Command(name)
    .description('Agents and their Tasks, from a terminal.')
    .version(version, '-V, --version', 'print the version of kubeoc')
    .option('--kubeconfig <file>', 'kubeconfig to use')
    .option('--context <name>', 'context of the kubeconfig to use')
    .option('-n, --namespace <name>', 'namespace to work in')
    .option('--request-timeout <time>', 'how long one answer may take, such as 30s', undefined)
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', examples.replaceAll('kubeoc ', `${name} `))
  registerGet(program, io)
  registerTask(program, io)
  registerCreate(program, io)
  registerAgent(program, io)
  registerCronTask(program, io)
  registerManifests(program, io)
  registerDoctor(program, io)
  registerDashboard(program, io)
  registerCompletion(program, io)
  const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)]
  for (const command of all(program))
    command
      .exitOverride()
      .showSuggestionAfterError()
      .configureOutput({
        writeOut: (text) => void io.out.write(text),
        writeErr: (text) => void io.err.write(text),
        outputError: (text, write) => write(text),
        getOutHasColors: () => false,
        getErrHasColors: () => false,
        getOutHelpWidth: () => Math.max(60, Math.min(io.columns(), 110)),
        getErrHelpWidth: () => Math.max(60, Math.min(io.columns(), 110)),
      })
  return program
}

/** Where the help of the command that was meant can be read. */
const helpHint = (program: Command, words: readonly string[]): string => {
  let command = program
  const path = [program.name()]
  for (const word of words) {
    const next = command.commands.find((one) => one.name() === word || one.aliases().includes(word))
    if (!next) continue
    command = next
    path.push(next.name())
  }
  return `See: ${path.join(' ')} --help`
}

/** Runs one command line, without the names of node and the program. Gives the exit code; nothing is thrown. */
export const run = async (words: readonly string[], io: Io, invokedAs?: string): Promise<number> => {
  const program = createProgram(io, invokedAs)
  try {
    await program.parseAsync([...words], { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0
      if (error.code !== 'commander.help') say(io, helpHint(program, words))
      return 2
    }
    if (error instanceof Interrupted) {
      if (error.message) say(io, error.message)
      return error.exitCode
    }
    if (io.interrupted.aborted) return new Interrupted(io.interrupted.reason).exitCode
    if (error instanceof CommandError) {
      if (error.message) say(io, `${io.colors.err.red('error:')} ${error.message}`)
      if (error instanceof UsageError) say(io, helpHint(program, words))
      return error.exitCode
    }
    const message = error instanceof Error ? error.message : String(error)
    say(io, `${io.colors.err.red('error:')} ${message}`)
    if (io.env['KUBEOC_DEBUG'] && error instanceof Error) say(io, error.stack ?? '')
    return 1
  }
}
