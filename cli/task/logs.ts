import type { Task } from '../../crds/task.ts'
import { mainContainer, troubleOf } from '../../functions/workload/pod-outcome.ts'
import { followLog } from '../../infra/cluster/pod-log.ts'
import { pathOf } from '../../infra/cluster/rest.ts'
import type { Pod } from 'kubernetes-types/core/v1'
import type { Access, ClusterOptions } from '../cluster/access.ts'
import { openCluster } from '../cluster/access.ts'
import { refused } from '../cluster/refusals.ts'
import { CommandError, Interrupted, UsageError } from '../errors.ts'
import type { Io } from '../io.ts'
import { say } from '../io.ts'
import { nearest } from '../nearest.ts'
import { followTask, stateText } from './follow.ts'
import { isFinished } from '../../shared/finished.ts'
import { endingOf } from './outcome.ts'

export interface LogsOptions extends ClusterOptions {
  readonly follow?: boolean
  readonly container?: string
  readonly tail?: string
  readonly timestamps?: boolean
}

/** Longest log that is read at once, for those that are not followed. */
const logTimeoutMs = 300_000

const linesOf = (tail: string | undefined): number | undefined => {
  if (tail === undefined) return undefined
  if (!/^\d{1,7}$/.test(tail)) throw new UsageError(`--tail ${tail} is no number of lines`)
  return Number(tail)
}

const containersOf = ({ spec }: Pod): string[] =>
  [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map(({ name }) => name)

const stateOf = (pod: Pod, container: string) =>
  [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].find(
    ({ name }) => name === container,
  )?.state

/** Why there is no log of the container yet; undefined where there is one. */
const notYet = (pod: Pod, container: string): string | undefined => {
  const state = stateOf(pod, container)
  if (state?.running || state?.terminated) return undefined
  const running = containersOf(pod).find((name) => stateOf(pod, name)?.running)
  const trouble = troubleOf(pod)?.message
  if (trouble !== undefined) return trouble
  return running === undefined
    ? 'its Pod is being prepared by the node'
    : `container ${running} is at work before it; -c ${running} shows its log`
}

const podOf = async ({ api, namespace }: Access, task: Task): Promise<Pod> => {
  const { name } = task.metadata
  const { podName } = task.status ?? {}
  if (podName === undefined)
    throw new CommandError(
      isFinished(task)
        ? `Task ${name} has no log, because it never had a Pod: ${endingOf(task).message}`
        : `Task ${name} has no log yet: it ${stateText(task)}`,
    )
  const pod = await api.find({ kind: 'Pod', namespace, name: podName })
  if (pod) return pod
  const session = task.status?.session
  const rest = session === undefined ? '' : `; kubeoc describe task ${name} shows what is known of its session`
  throw new CommandError(`Pod ${podName} of Task ${name} is gone, and its log with it${rest}`)
}

const checkedContainer = (pod: Pod, container: string): string => {
  const known = containersOf(pod)
  if (known.includes(container)) return container
  const meant = nearest(container, known)
  throw new CommandError(
    `Pod ${pod.metadata?.name} has no container ${container}: ${meant === undefined ? `it has ${known.join(', ')}` : `did you mean ${meant}?`}`,
  )
}

/** What is written until now. */
const printLog = async (io: Io, access: Access, pod: Pod, container: string, options: LogsOptions): Promise<void> => {
  const { connection, caller, namespace } = access
  const name = pod.metadata?.name ?? ''
  const tail = linesOf(options.tail)
  const query = new URLSearchParams({
    container,
    ...(tail !== undefined && { tailLines: String(tail) }),
    ...(options.timestamps && { timestamps: 'true' }),
  })
  const response = await connection.fetch(`${connection.server}${pathOf('Pod', namespace, name)}/log?${query}`, {
    method: 'GET',
    headers: { 'user-agent': connection.manager },
    signal: AbortSignal.timeout(logTimeoutMs),
  })
  if (!response.ok)
    throw refused(
      { code: response.status, message: await response.text() },
      `cannot read the log of Pod ${name}`,
      caller,
      io.now(),
    )
  for await (const chunk of response.body ?? []) io.out.write(chunk)
}

/** A container that is not the agent's is followed to its own end. */
const followContainer = async (io: Io, access: Access, pod: Pod, container: string, options: LogsOptions) => {
  const { api, connection, caller, namespace } = access
  const name = pod.metadata?.name ?? ''
  const tail = linesOf(options.tail)
  let hasEnded = false
  const look = async (): Promise<void> => {
    const seen = await api.find({ kind: 'Pod', namespace, name })
    hasEnded = !seen || stateOf(seen, container)?.terminated !== undefined
  }
  await look()
  const timer = setInterval(() => void look().catch(() => {}), 1000)
  await followLog(
    connection,
    { namespace, pod: name, container },
    () => hasEnded,
    (line, time) => void io.out.write(options.timestamps ? `${time} ${line}\n` : `${line}\n`),
    {
      signal: io.interrupted,
      ...(tail !== undefined && { tailLines: tail }),
      onRefusal: (code, message) =>
        code === 401 || code === 403
          ? refused({ code, message }, `cannot read the log of Pod ${name}`, caller, io.now())
          : undefined,
    },
  ).finally(() => clearInterval(timer))
}

export const logs = async (io: Io, name: string, options: LogsOptions): Promise<void> => {
  linesOf(options.tail)
  const access = await openCluster(options, io)
  const task = await access.api.need({ kind: 'Task', namespace: access.namespace, name })
  const isAgentLog = options.container === undefined || options.container === mainContainer
  if (options.follow && isAgentLog && !isFinished(task) && !options.timestamps && options.tail === undefined) {
    const ended = await followTask(io, access, name, { showsLog: true, tells: true, signal: io.interrupted })
    if (!ended) throw new Interrupted(io.interrupted.reason)
    return
  }
  const pod = await podOf(access, task)
  const container = checkedContainer(pod, options.container ?? mainContainer)
  if (options.follow) {
    await followContainer(io, access, pod, container, options)
    if (io.interrupted.aborted) throw new Interrupted(io.interrupted.reason)
    return
  }
  const waiting = isFinished(task) ? undefined : notYet(pod, container)
  if (waiting !== undefined) return say(io, `Container ${container} of Task ${name} has not begun: ${waiting}`)
  await printLog(io, access, pod, container, options)
}
