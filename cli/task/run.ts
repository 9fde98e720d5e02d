import { createInterface } from 'node:readline/promises'
import { stopTask } from '../../shared/requests.ts'
import type { Access, ClusterOptions } from '../cluster/access.ts'
import { openCluster } from '../cluster/access.ts'
import { CommandError, Interrupted, UsageError } from '../errors.ts'
import type { Io } from '../io.ts'
import { say } from '../io.ts'
import { createProgress } from '../progress.ts'
import { endAs, leftText } from './create.ts'
import { followTask } from './follow.ts'
import type { TaskOptions } from './new-task.ts'
import { newTask, promptOf } from './new-task.ts'

export interface RunOptions extends ClusterOptions, TaskOptions {
  readonly onInterrupt: string
  readonly quiet?: boolean
}

const choices = ['ask', 'stop', 'leave'] as const
type OnInterrupt = (typeof choices)[number]

const choiceOf = (text: string): OnInterrupt => {
  const found = choices.find((choice) => choice === text)
  if (!found) throw new UsageError(`--on-interrupt ${text} is not known: choose ${choices.join(', ')}`)
  return found
}

/** What a person says to `Stop it?`: stop, leave, or go on following. */
const asked = async (io: Io, name: string): Promise<'stop' | 'leave' | 'follow'> => {
  const lines = createInterface({ input: io.in, output: io.err })
  // A second Ctrl-C at the question is an answer too.
  const impatient = new Promise<string>((resolve) => lines.once('SIGINT', () => resolve('n')))
  const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('n')))
  try {
    const question = `\nStop Task ${name}? y stops it, n leaves it running, c goes on following [y/n/C] `
    const answer = await Promise.race([lines.question(question), impatient, closed])
    const first = answer.trim().toLowerCase()[0]
    return first === 'y' ? 'stop' : first === 'n' ? 'leave' : 'follow'
  } finally {
    lines.close()
  }
}

/** What the person has asked for at Ctrl-C, and no success of the Task. */
class Stopped extends CommandError {
  constructor(name: string) {
    super(`Task ${name} is stopped, as you asked`)
  }
}

/** Follows the Task; Ctrl-C is answered as `choice` says. A Task that is stopped is followed to its end. */
const followAsked = async (io: Io, access: Access, name: string, choice: OnInterrupt, isQuiet: boolean) => {
  const { namespace, api } = access
  const leaving = new AbortController()
  const progress = createProgress(io)
  let isAsking = false
  let isStopping = false

  const stop = async (): Promise<void> => {
    isStopping = true
    await api.merge(`cannot stop Task ${name}`, { kind: 'Task', namespace, name }, stopTask)
    progress.line(`Task ${name} is asked to stop; Ctrl-C again leaves it to that`)
  }
  const leave = (): void => leaving.abort()
  const handle = async (): Promise<void> => {
    if (isAsking) return
    if (isStopping || choice === 'leave') return leave()
    if (choice === 'stop') return stop()
    if (!io.isTerminal.in || !io.isTerminal.err) return leave()
    isAsking = true
    const release = progress.hold()
    const answer = await asked(io, name).finally(() => {
      isAsking = false
      release()
    })
    if (answer === 'stop') await stop()
    if (answer === 'leave') leave()
  }
  const failed = Promise.withResolvers<never>()
  const release = io.onInterrupt(() => void handle().catch(failed.reject))
  try {
    const signal = AbortSignal.any([io.interrupted, leaving.signal])
    const following = followTask(io, access, name, { showsLog: true, tells: !isQuiet, signal, progress })
    const task = await Promise.race([following, failed.promise])
    if (isStopping && task) throw new Stopped(name)
    return task
  } finally {
    leave()
    release()
  }
}

export const runTask = async (io: Io, prompt: string, options: RunOptions): Promise<void> => {
  const choice = choiceOf(options.onInterrupt)
  const access = await openCluster(options, io)
  const made = await access.api.create(newTask(await promptOf(prompt, io.in), options, access.namespace))
  const name = made.metadata?.name ?? ''
  if (!options.quiet) say(io, `Task ${name} is created`)
  const task = await followAsked(io, access, name, choice, options.quiet === true)
  if (!task) throw new Interrupted(io.interrupted.reason, leftText(name, access.namespace))
  endAs(task, name)
  if (!options.quiet) say(io, `Task ${name} is done`)
}
