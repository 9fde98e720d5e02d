import * as z from 'zod'
import { resources } from '../../../shared/kubernetes.ts'
import { pathOf } from '../../../shared/kubernetes.ts'
import { queryOf, segmentOf } from '../inputs.ts'
import { badRequest } from '../problem.ts'
import type { ApiContext, Route } from '../route.ts'
import type { ServerEvent } from '../streams/events.ts'
import { eventStream } from '../streams/events.ts'
import { merged } from '../streams/merged.ts'
import type { Access } from '../streams/still-allowed.ts'
import { mayStill } from '../streams/still-allowed.ts'
import type { ServedKind } from './served.ts'
import { servedKinds } from './served.ts'
import { eventsOf, refusedWatch } from './watch.ts'

const version = z
  .string()
  .regex(/^\d{1,20}$/, 'must be metadata.resourceVersion of a list or of the last change')
  .optional()

const Query = z.object({
  tasks: version.describe('Watch Tasks from this resourceVersion on.'),
  crontasks: version.describe('Watch CronTasks from this resourceVersion on.'),
  agents: version.describe('Watch Agents from this resourceVersion on.'),
  agenttemplates: version.describe('Watch AgentTemplates from this resourceVersion on.'),
})
type Plural = keyof z.output<typeof Query>

/** Where one of several watches ends the others end with it: a client that begins again then misses nothing. */
export async function* together(
  sources: readonly ((signal: AbortSignal) => AsyncIterable<ServerEvent>)[],
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  const ended = new AbortController()
  const either = AbortSignal.any([signal, ended.signal])
  const until = async function* (source: (signal: AbortSignal) => AsyncIterable<ServerEvent>) {
    try {
      yield* source(either)
    } catch (error) {
      // Only the first has something to say; the others were cut by it.
      if (!ended.signal.aborted) throw error
    } finally {
      ended.abort()
    }
  }
  yield* merged(...sources.map(until))
}

/** A page of a browser has few connections to a server; with this it needs one for all it shows. */
const changes = async (c: ApiContext): Promise<Response> => {
  const { apiserver } = c.var
  const query = queryOf(c, Query)
  const namespace = c.req.param('namespace') === undefined ? undefined : segmentOf(c, 'namespace')
  const watched = servedKinds.flatMap((kind) => {
    const from = query[resources[kind].plural as Plural]
    return from === undefined ? [] : [{ kind, from }]
  })
  if (watched.length === 0)
    throw badRequest(
      'nothing is asked for: send the resourceVersion of a list of each kind to watch, such as ?tasks=1234',
    )
  const accessTo = (kind: ServedKind): Access => ({
    verb: 'watch',
    group: resources[kind].apiVersion.split('/')[0] ?? '',
    resource: resources[kind].plural,
    namespace,
  })
  for (const { kind } of watched) if (!(await mayStill(apiserver, accessTo(kind)))) throw refusedWatch(kind, namespace)
  const release = await c.var.hold()
  const sources = watched.map(
    ({ kind, from }) =>
      async function* (signal: AbortSignal) {
        const watch = { kind, path: pathOf(kind, namespace), selection: new URLSearchParams(), from, namespace }
        // Each kind goes on from its own version: one id would not do for all of them.
        for await (const { event, data } of eventsOf(apiserver, watch, from, signal))
          yield { event, data: { ...(data as object), kind } }
      },
  )
  return eventStream((signal) => together(sources, signal), {
    isStillAllowed: async () => {
      const answers = await Promise.all(watched.map(({ kind }) => mayStill(apiserver, accessTo(kind))))
      return answers.every(Boolean)
    },
    onEnd: release,
  })
}

const summary =
  'Changes of several kinds as one stream: events as of a watch, each with its kind; `expired` asks to list that kind again'

export const changesRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/v1/changes',
    summary: `${summary}. Of all namespaces`,
    query: Query,
    answer: { type: 'text/event-stream' },
    handle: changes,
  },
  {
    method: 'GET',
    path: '/api/v1/namespaces/{namespace}/changes',
    summary,
    query: Query,
    answer: { type: 'text/event-stream' },
    handle: changes,
  },
]
