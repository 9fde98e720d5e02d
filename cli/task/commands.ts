import type { Command } from 'commander'
import type { ClusterOptions } from '../cluster/access.ts'
import { collected, optionsOf, withExamples } from '../commands.ts'
import type { Io } from '../io.ts'
import type { Reply } from '../../shared/ports.ts'
import type { AnswerOptions } from './answer.ts'
import type { CreateOptions } from './create.ts'
import type { LogsOptions } from './logs.ts'
import type { RunOptions } from './run.ts'

const withTask = (command: Command): Command =>
  command
    .option('--agent <name>', 'Agent that does it')
    .option('--template <name>', 'AgentTemplate to run it from, in a Pod of its own')
    .option('--name <name>', 'name of the Task; one is made up if it is left out')
    .option('--timeout <duration>', 'how long it may run, such as 30m')
    .option('--label <name=value>', 'label of the Task; may be repeated', collected)

export const registerCreateTask = (create: Command, io: Io): void => {
  withExamples(
    withTask(
      create
        .command('task')
        .description('make a Task from options, or from a manifest')
        .argument('[prompt]', 'what is to be done; - reads it from stdin'),
    )
      .option('-f, --filename <file>', 'a manifest with one Task, or - for stdin')
      .option('--wait', 'wait for its end; the exit code says whether it is done')
      .option('--logs', 'show its log while waiting')
      .option('--dry-run', 'let the apiserver judge it and store nothing')
      .option('-o, --output <form>', 'json, yaml or name')
      .action(async (prompt: string | undefined, _options, command: Command) => {
        const { createTask } = await import('./create.ts')
        await createTask(io, prompt, optionsOf<CreateOptions>(command))
      }),
    'kubeoc create task "Repair the tests" --agent coder',
    'kubeoc create task --template reviewer --name review-42 --timeout 30m - < prompt.md',
    'kubeoc create task -f task.yaml --wait --logs',
  )
}

const idOption = ['--id <id>', 'only this question, as `why` and `describe` show it'] as const

const registerAnswers = (task: Command, io: Io): void => {
  const answering = async (name: string, reply: Reply, command: Command): Promise<void> => {
    const { answer } = await import('./answer.ts')
    await answer(io, name, reply, optionsOf<AnswerOptions>(command))
  }
  withExamples(
    task
      .command('approve')
      .description('let the agent of a Task do what it asks leave for')
      .argument('<name>', 'which one')
      .option('--always', "for the rest of the server's life too, for every Task of its Agent")
      .option(...idOption)
      .action((name: string, { always }: { always?: true }, command: Command) =>
        answering(name, { verdict: always ? 'ApprovedAlways' : 'Approved' }, command),
      ),
    'kubeoc task approve fix-the-tests',
    'kubeoc task approve fix-the-tests --id per_f1c2',
  )
  withExamples(
    task
      .command('deny')
      .description('say no to what the agent of a Task asks; a permission that is denied makes the Task fail')
      .argument('<name>', 'which one')
      .option('--reason <text>', 'what the agent is told about it')
      .option(...idOption)
      .action((name: string, { reason }: { reason?: string }, command: Command) =>
        answering(name, { verdict: 'Denied', ...(reason !== undefined && { text: reason }) }, command),
      ),
    'kubeoc task deny fix-the-tests --reason "never push to main"',
  )
  withExamples(
    task
      .command('reply')
      .description('answer a question of the agent of a Task')
      .argument('<name>', 'which one')
      .argument('<answer...>', 'one for each question that is asked')
      .option(...idOption)
      .action((name: string, answers: string[], _options, command: Command) =>
        answering(name, { verdict: 'Replied', text: answers.join('\n') }, command),
      ),
    'kubeoc task reply fix-the-tests "use the branch main"',
  )
}

const registerRun = (program: Command, io: Io): void => {
  withExamples(
    withTask(
      program
        .command('run')
        .description('make a Task, follow it, and end as it ends')
        .argument('<prompt>', 'what is to be done; - reads it from stdin'),
    )
      .option('--on-interrupt <what>', 'what Ctrl-C does: ask, stop the Task, or leave it running', 'ask')
      .option('-q, --quiet', 'only the log of the agent, nothing of what happens around it')
      .action(async (prompt: string, _options, command: Command) => {
        const { runTask } = await import('./run.ts')
        await runTask(io, prompt, optionsOf<RunOptions>(command))
      }),
    'kubeoc run "Repair the tests and say what you changed" --agent coder',
    'kubeoc run - --template reviewer < prompt.md && echo done',
  ).addHelpText(
    'after',
    `
Exit codes: 0 done, 1 failed or stopped, 2 wrong usage, 130 left with Ctrl-C.
Ctrl-C asks whether to stop the Task or to leave it running; without a terminal it is left running.`,
  )
}

export const registerTask = (program: Command, io: Io): void => {
  registerRun(program, io)
  const task = program.command('task').description('stop a Task, answer its agent, read its log, ask why it waits')
  withExamples(
    task
      .command('stop')
      .description('end Tasks; they count as completed, with condition Stopped')
      .argument('<name...>', 'which ones')
      .action(async (names: string[], _options, command: Command) => {
        const { stop } = await import('./stop.ts')
        await stop(io, names, optionsOf<ClusterOptions>(command))
      }),
    'kubeoc task stop fix-the-tests',
  )
  withExamples(
    task
      .command('logs')
      .description('print what the agent of a Task says and does')
      .argument('<name>', 'which one')
      .option('-f, --follow', 'go on until the Task has ended')
      .option('-c, --container <name>', 'another container of its Pod, such as git-init-0')
      .option('--tail <lines>', 'only the last lines')
      .option('--timestamps', 'the time before each line')
      .action(async (name: string, _options, command: Command) => {
        const { logs } = await import('./logs.ts')
        await logs(io, name, optionsOf<LogsOptions>(command))
      }),
    'kubeoc task logs -f fix-the-tests',
    'kubeoc task logs fix-the-tests -c opencode-init',
  )
  withExamples(
    task
      .command('why')
      .description('say why a Task waits or has failed, and what would let it go')
      .argument('<name>', 'which one')
      .action(async (name: string, _options, command: Command) => {
        const { why } = await import('./why.ts')
        await why(io, name, optionsOf<ClusterOptions>(command))
      }),
    'kubeoc task why fix-the-tests',
  )
  registerAnswers(task, io)
}
