import type { Task } from '../../crds/task.ts'
import { mainContainer } from '../../functions/workload/pod-outcome.ts'
import { followLog } from '../../infra/cluster/pod-log.ts'
import { conditionOf } from '../../shared/conditions.ts'
import type { Access } from '../cluster/access.ts'
import { refused } from '../cluster/refusals.ts'
import { statesOf } from '../cluster/states.ts'
import { CommandError } from '../errors.ts'
import type { Io } from '../io.ts'
import type { Progress } from '../progress.ts'
import { createProgress } from '../progress.ts'
import { isFinished } from '../../shared/finished.ts'

export interface Following {
  readonly showsLog: boolean
  /** Whether to say what happens around the agent's work. */
  readonly tells: boolean
  /** Ends the following, and leaves the Task as it is. */
  readonly signal: AbortSignal
  /** Where it is told, for who asks questions in between. */
  readonly progress?: Progress
}

/** What the log of a Task that has ended may still bring. */
const lastLinesMs = 10_000

/** What goes on with a Task that is not finished, in a sentence. */
export const stateText = (task: Task): string => {
  const { phase, queue, conditions } = task.status ?? {}
  const queued = conditionOf(conditions, 'Queued')
  const ready = conditionOf(conditions, 'Ready')
  if (phase === 'Queued')
    return `waits${queue ? ` at place ${queue.position}` : ''}: ${queued?.message.replace(/; position \d+ in the queue$/, '') ?? 'no reason is known yet'}`
  if (ready?.status === 'False') return `${phase === 'Running' ? 'its Pod waits' : 'cannot begin'}: ${ready.message}`
  const asks = conditionOf(conditions, 'ApprovalPending')
  if (asks?.status === 'Unknown') return `is at work, or waits: ${asks.message}`
  if (asks?.status === 'True') return `waits for a person: ${asks.message}`
  if (phase === 'Running') return ready?.status === 'True' ? 'is at work' : 'its Pod starts'
  return 'begins'
}

/** Follows a Task to its end and gives it as it is then; undefined where the following was ended before. */
export const followTask = async (
  io: Io,
  access: Access,
  name: string,
  { showsLog, tells, signal, progress = createProgress(io) }: Following,
): Promise<Task | undefined> => {
  const { namespace, connection, caller } = access
  const ended = new AbortController()
  const stopping = AbortSignal.any([signal, ended.signal])
  let task: Task | undefined
  let log: Promise<void> | undefined

  const startLog = (pod: string): Promise<void> =>
    followLog(
      connection,
      { namespace, pod, container: mainContainer },
      () => task === undefined || isFinished(task),
      (line) => {
        progress.quiet()
        progress.around(() => void io.out.write(`${line}\n`))
      },
      {
        signal: stopping,
        onRefusal: (code, message) =>
          code === 401 || code === 403
            ? refused({ code, message }, `cannot read the log of Pod ${pod}`, caller, io.now())
            : undefined,
      },
    )

  const failed: { error?: unknown } = {}
  try {
    for await (const seen of statesOf(access, { kind: 'Task', namespace, name }, stopping, io.now)) {
      if (failed.error !== undefined) throw failed.error
      if (!seen) throw new CommandError(`Task ${name} was deleted before it had ended`)
      task = seen
      if (isFinished(seen)) break
      const text = stateText(seen)
      if (tells && seen.status?.phase !== undefined) progress.state(`Task ${name} ${text}`, `Task ${name}`)
      const pod = seen.status?.podName
      if (showsLog && pod !== undefined && !log) {
        log = startLog(pod)
        log.catch((error: unknown) => {
          failed.error = error
          ended.abort()
        })
      }
    }
    if (failed.error !== undefined) throw failed.error
    if (!task || !isFinished(task)) return undefined
    if (log) {
      const late = setTimeout(() => ended.abort(), lastLinesMs)
      await log.finally(() => clearTimeout(late))
    }
    return task
  } finally {
    ended.abort()
    progress.end()
  }
}
