import type { KubeObject } from '../../../shared/kubernetes.ts'
import type { Apiserver } from '../apiserver.ts'
import { granted, problemOfStatus, Status } from '../problem.ts'
import { linesOf } from './lines.ts'

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: KubeObject
}

/** The apiserver ends a watch after this long, so that one that died in silence is not waited for. */
const longestSeconds = 240

/** Changes of a collection as the apiserver tells them, until it ends the watch. Throws Problem 410 where `from` is too long ago. */
export async function* changesOf(
  apiserver: Apiserver,
  path: string,
  selection: URLSearchParams,
  from: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Change> {
  const query = new URLSearchParams(selection)
  query.set('watch', '1')
  query.set('allowWatchBookmarks', 'true')
  query.set('timeoutSeconds', String(longestSeconds))
  if (from !== undefined) query.set('resourceVersion', from)
  const response = await granted(await apiserver({ path: `${path}?${query}`, isStream: true, signal }))
  for await (const line of linesOf(response.body)) {
    if (line === '') continue
    const change = JSON.parse(line) as Change | { readonly type: 'ERROR'; readonly object: unknown }
    if (change.type === 'ERROR') {
      const status = Status.safeParse(change.object).data
      throw problemOfStatus(status?.code ?? 500, status ?? {})
    }
    yield change
  }
}
