import type { Pod } from 'kubernetes-types/core/v1'
import * as z from 'zod'
import type { Task } from '../../../crds/task.ts'
import { isFinished } from '../../../shared/finished.ts'
import { isControlledBy, pathOf } from '../../../shared/kubernetes.ts'
import { taskPodName } from '../../workload/names.ts'
import type { Apiserver } from '../apiserver.ts'
import { flag, placeOf, queryOf, wholeNumber } from '../inputs.ts'
import { readObject } from '../objects/write.ts'
import { badRequest, granted, Problem } from '../problem.ts'
import type { ApiContext, Route } from '../route.ts'
import type { ServerEvent } from '../streams/events.ts'
import { eventStream } from '../streams/events.ts'
import { merged } from '../streams/merged.ts'
import { mayStill } from '../streams/still-allowed.ts'
import { versionsOf } from '../streams/versions.ts'
import { containerLog } from './container-log.ts'
import { chosen, hasStarted, isOver, isRunning } from './containers.ts'
import type { Position } from './position.ts'
import { positionOf } from './position.ts'

const Query = z.object({
  follow: flag.describe('1: until the Task has ended.'),
  container: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be the name of a container')
    .optional()
    .describe('Only this container; all of them, init containers first, without it.'),
  tailLines: wholeNumber(0, 100_000).optional().describe('Only so many last lines of each container.'),
})
type Query = z.output<typeof Query>

const statusEvent = ({ status }: Task): ServerEvent => {
  const told = (status?.conditions ?? []).filter(({ type }) =>
    ['Ready', 'Queued', 'ApprovalPending', 'Stopped', 'Failed'].includes(type),
  )
  const condition = told.findLast(({ type, status: holds }) => holds === (type === 'Ready' ? 'False' : 'True'))
  return {
    event: 'status',
    data: {
      phase: status?.phase ?? 'Pending',
      ...(status?.podName !== undefined && { podName: status.podName }),
      ...(condition && { reason: condition.reason, message: condition.message }),
    },
  }
}

/** One reading of a Task's log. */
interface Reading {
  readonly apiserver: Apiserver
  readonly task: Task
  readonly namespace: string
  readonly query: Query
  readonly from: Position | undefined
  readonly signal: AbortSignal
}

const podsPath = ({ namespace, task }: Reading): string => pathOf('Pod', namespace, taskPodName(task.metadata.name))

/** Pods of others that have the name are none of the Task's. */
const own = (pod: Pod | undefined, { task }: Reading): Pod | undefined =>
  pod && isControlledBy(pod, task.metadata.uid) ? pod : undefined

const podNow = async (reading: Reading): Promise<Pod | undefined> => {
  const response = await reading.apiserver({ path: podsPath(reading), signal: reading.signal })
  if (response.status === 404) {
    await response.body?.cancel()
    return undefined
  }
  return own((await (await granted(response)).json()) as Pod, reading)
}

/** The Pod once it is as wanted; as it is when nothing more is to come of it. */
const podWhen = async (
  reading: Reading,
  wanted: (pod: Pod) => boolean,
  ended: AbortSignal,
): Promise<Pod | undefined> => {
  const { apiserver, namespace, task, query, signal } = reading
  const waiting = AbortSignal.any([signal, ended])
  if (query.follow && !waiting.aborted)
    try {
      let hadOne = false
      const name = taskPodName(task.metadata.name)
      for await (const version of versionsOf<Pod>(apiserver, 'Pod', namespace, name, waiting)) {
        const pod = own(version, reading)
        if (pod && (wanted(pod) || isOver(pod))) return pod
        // What was there and is gone does not come again: a Task has one Pod.
        if (!pod && hadOne) return undefined
        hadOne ||= pod !== undefined
      }
    } catch (error) {
      if (!ended.aborted || signal.aborted) throw error
    }
  return podNow(reading)
}

/** What is found out on the way. */
interface Told {
  hasPod: boolean
  /** What of the log nobody will see any more, in sentences. */
  readonly lost: string[]
}

/** The containers one after the other, as they run. */
async function* podLines(reading: Reading, ended: AbortSignal, told: Told): AsyncGenerator<ServerEvent> {
  const { apiserver, query, from, signal } = reading
  let pod = await podWhen(reading, () => true, ended)
  if (!pod) return
  told.hasPod = true
  for (const container of chosen(pod, query.container, from?.container)) {
    if (!hasStarted(pod, container)) {
      pod = await podWhen(reading, (now) => hasStarted(now, container), ended)
      if (!pod) return
      if (!hasStarted(pod, container)) continue
    }
    yield* containerLog({
      apiserver,
      pod: podsPath(reading),
      container,
      follow: query.follow,
      from,
      tailLines: query.tailLines,
      signal,
      isAtWork: async () => {
        const now = await podNow(reading)
        return now !== undefined && isRunning(now, container)
      },
      lost: (why) => told.lost.push(`the rest of the log of container ${container} is lost: ${why}`),
    })
  }
}

/** What the Task's state is, whenever it changes, until it has ended. */
async function* statuses(reading: Reading, hasEndedNow: () => void, kept: { task: Task }): AsyncGenerator<ServerEvent> {
  const { apiserver, namespace, task, query, signal } = reading
  yield statusEvent(task)
  let last = JSON.stringify(statusEvent(task).data)
  if (isFinished(task)) hasEndedNow()
  if (isFinished(task) || !query.follow) return
  for await (const version of versionsOf<Task>(apiserver, 'Task', namespace, task.metadata.name, signal)) {
    if (!version || version.metadata.uid !== task.metadata.uid)
      throw new Problem(404, 'NotFound', `Task ${namespace}/${task.metadata.name} was deleted`)
    kept.task = version
    const event = statusEvent(version)
    const text = JSON.stringify(event.data)
    if (text !== last) yield event
    last = text
    if (isFinished(version)) {
      hasEndedNow()
      return
    }
  }
}

async function* eventsOf(reading: Reading): AsyncGenerator<ServerEvent> {
  const ended = new AbortController()
  const kept = { task: reading.task }
  const told: Told = { hasPod: false, lost: [] }
  const { namespace, task, query } = reading
  yield* merged(
    statuses(reading, () => ended.abort(), kept),
    podLines(reading, ended.signal, told),
  )
  const isGone = isFinished(kept.task) && !told.hasPod
  const notes = [
    ...told.lost,
    ...(isGone
      ? [
          `the Pod is gone and its log with it; what the agent said is at /api/v1/namespaces/${namespace}/tasks/${task.metadata.name}/session/messages`,
        ]
      : []),
    ...(!query.follow && !isFinished(kept.task) ? ['the Task goes on; ask with follow=1 to see the rest'] : []),
  ]
  yield {
    event: 'complete',
    data: {
      ...(statusEvent(kept.task).data as object),
      ...(notes.length > 0 && { note: notes.join('; ') }),
    },
  }
}

const logs = async (c: ApiContext): Promise<Response> => {
  const { namespace, name } = placeOf(c)
  const query = queryOf(c, Query)
  const id = c.req.header('last-event-id')
  const from = id ? positionOf(id) : undefined
  if (id && !from) throw badRequest('Last-Event-ID is not of this stream; begin again without it')
  const { apiserver } = c.var
  const access = { verb: 'get', resource: 'pods', subresource: 'log', namespace }
  const [task, mayRead] = await Promise.all([
    readObject<Task>(apiserver, pathOf('Task', namespace, name)),
    mayStill(apiserver, access),
  ])
  if (!mayRead)
    throw new Problem(
      403,
      'Forbidden',
      `you may not read logs in namespace ${namespace}: that takes the right to get pods/log there, as the role kubeopencode-viewer has it`,
    )
  const release = await c.var.hold()
  return eventStream((signal) => eventsOf({ apiserver, task, namespace, query, from, signal }), {
    isStillAllowed: () => mayStill(apiserver, access),
    onEnd: release,
  })
}

export const logsRoute: Route = {
  method: 'GET',
  path: '/api/v1/namespaces/{namespace}/tasks/{name}/logs',
  summary:
    'What the Task says: events status, log (whose ids go into Last-Event-ID to go on without repeats), interrupted where a log cannot be read for a moment, and complete',
  query: Query,
  answer: { type: 'text/event-stream' },
  handle: logs,
}
