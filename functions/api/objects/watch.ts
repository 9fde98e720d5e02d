import type { OwnKind } from '../../../shared/kubernetes.ts'
import { resources } from '../../../shared/kubernetes.ts'
import { badRequest, Problem } from '../problem.ts'
import type { ApiContext } from '../route.ts'
import type { ServerEvent } from '../streams/events.ts'
import { eventStream } from '../streams/events.ts'
import { mayStill } from '../streams/still-allowed.ts'
import { changesOf } from '../streams/watched.ts'
import type { Apiserver } from '../apiserver.ts'
import { bare } from './answer.ts'

interface Watched {
  readonly kind: OwnKind
  readonly path: string
  readonly selection: URLSearchParams
  /** resourceVersion to begin from; a client that comes again says a later one. */
  readonly from: string | undefined
  readonly namespace: string | undefined
}

const resumedFrom = (c: ApiContext): string | undefined => {
  const id = c.req.header('last-event-id')
  if (!id) return undefined
  if (!/^\d{1,20}$/.test(id)) throw badRequest('Last-Event-ID is not of this stream; begin again without it')
  return id
}

/** `expired` tells the client to list again; nothing after it would be the whole truth. */
export async function* eventsOf(
  apiserver: Apiserver,
  { path, selection }: Pick<Watched, 'path' | 'selection'>,
  from: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  try {
    for await (const { type, object } of changesOf(apiserver, path, selection, from, signal)) {
      const id = object.metadata?.resourceVersion
      yield {
        event: type,
        data: type === 'BOOKMARK' ? { metadata: { resourceVersion: id } } : bare(object),
        ...(id !== undefined && { id }),
      }
    }
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 410) throw error
    yield { event: 'expired', data: { message: 'this is too long ago; list again, and watch from there' } }
  }
}

export const refusedWatch = (kind: OwnKind, namespace: string | undefined): Problem =>
  new Problem(
    403,
    'Forbidden',
    `you may not watch ${resources[kind].plural}${namespace === undefined ? ' of all namespaces' : ` in namespace ${namespace}`}; ask for the role kubeopencode-viewer there`,
  )

/** Changes as server-sent events, whose ids are resourceVersions. */
export const watch = async (c: ApiContext, watched: Watched): Promise<Response> => {
  const { apiserver } = c.var
  const from = resumedFrom(c) ?? watched.from
  const { apiVersion, plural } = resources[watched.kind]
  const access = {
    verb: 'watch',
    group: apiVersion.split('/')[0] ?? '',
    resource: plural,
    namespace: watched.namespace,
  }
  // Said as an answer while it can be: once the stream is open there is no status code.
  if (!(await mayStill(apiserver, access))) throw refusedWatch(watched.kind, watched.namespace)
  const release = await c.var.hold()
  return eventStream((signal) => eventsOf(apiserver, watched, from, signal), {
    isStillAllowed: () => mayStill(apiserver, access),
    onEnd: release,
  })
}
