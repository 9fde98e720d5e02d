import type { Task } from '../../crds/task.ts'
import type { Access, ClusterOptions } from '../cluster/access.ts'
import { openCluster } from '../cluster/access.ts'
import { CommandError, Interrupted, UsageError } from '../errors.ts'
import { madeForms, showMade } from '../create/made.ts'
import { outputOf } from '../get/output.ts'
import type { Io } from '../io.ts'
import { documentsOf } from '../manifests/documents.ts'
import { readManifests } from '../manifests/files.ts'
import { followTask } from './follow.ts'
import type { NewTask, TaskOptions } from './new-task.ts'
import { newTask, promptOf } from './new-task.ts'
import { endingOf } from './outcome.ts'

export interface CreateOptions extends ClusterOptions, TaskOptions {
  readonly filename?: string
  readonly wait?: boolean
  readonly logs?: boolean
  readonly dryRun?: boolean
  readonly output?: string
}

/** The one Task of a manifest. What the options would say of it, the manifest says. */
const taskInFile = async (io: Io, options: CreateOptions, namespace: string): Promise<NewTask> => {
  const { filename = '', agent, template, name, timeout, label } = options
  if ([agent, template, name, timeout, label].some((option) => option !== undefined))
    throw new UsageError('-f says all of the Task: leave --agent, --template, --name, --timeout and --label out')
  const [file] = await readManifests([filename], io.in)
  const { objects, faults } = documentsOf(file ?? { name: filename, text: '' })
  const [fault] = faults
  if (fault) throw new CommandError(`${fault.file}:${fault.position.line}: ${fault.message}`)
  const [first, second] = objects
  if (!first || second || first.object['kind'] !== 'Task')
    throw new CommandError(
      `${filename} does not hold one Task alone: for everything else there is kubectl apply -f ${filename}`,
    )
  const task = first.object as unknown as NewTask
  const own = task.metadata?.namespace
  if (own !== undefined && options.namespace !== undefined && own !== options.namespace)
    throw new UsageError(`the manifest is for namespace ${own}, and -n says ${options.namespace}: make them the same`)
  return { ...task, metadata: { namespace, ...task.metadata } }
}

/** What a person who leaves is told. */
export const leftText = (name: string, namespace: string): string =>
  `Task ${name} goes on. To follow it: kubeoc task logs -f ${name} -n ${namespace}; to stop it: kubeoc task stop ${name} -n ${namespace}`

/** Ends the command as the Task has ended. */
export const endAs = (task: Task, name: string): void => {
  const { result, message } = endingOf(task)
  if (result === 'stopped') throw new CommandError(`Task ${name} was stopped: ${message}`)
  if (result === 'failed') throw new CommandError(`Task ${name} has failed: ${message}`)
}

/** Waits for the end; `access` is in the Task's own namespace. */
const waitForEnd = async (io: Io, access: Access, name: string, showsLog: boolean): Promise<void> => {
  const following = { showsLog, tells: true, signal: io.interrupted }
  const task = await followTask(io, access, name, following)
  if (!task) throw new Interrupted(io.interrupted.reason, leftText(name, access.namespace))
  endAs(task, name)
}

export const createTask = async (io: Io, prompt: string | undefined, options: CreateOptions): Promise<void> => {
  const { filename, wait, logs, dryRun = false } = options
  const output = outputOf(options.output, madeForms)
  if (filename !== undefined && prompt !== undefined)
    throw new UsageError('-f says the prompt already: leave one of them out')
  if (filename === undefined && prompt === undefined)
    throw new UsageError('say what is to be done: a prompt, - for stdin, or -f FILE')
  if (dryRun && (wait || logs)) throw new UsageError('--dry-run stores nothing, so there is nothing to wait for')
  const access = await openCluster(options, io)
  const task =
    filename === undefined
      ? newTask(await promptOf(prompt ?? '', io.in), options, access.namespace)
      : await taskInFile(io, options, access.namespace)
  const made = await access.api.create(task, { dryRun })
  const name = made.metadata?.name ?? ''
  showMade(io, made, { dryRun, output })
  if (wait || logs)
    await waitForEnd(io, { ...access, namespace: made.metadata?.namespace ?? access.namespace }, name, logs === true)
}
