import type { Kind, KubeObject } from '../../../shared/kubernetes.ts'
import { pathOf } from '../../../shared/kubernetes.ts'
import type { Apiserver } from '../apiserver.ts'
import type { ObjectList } from '../objects/answer.ts'
import { jsonOf } from '../objects/answer.ts'
import { granted, Problem } from '../problem.ts'
import { pause } from './pause.ts'
import { changesOf } from './watched.ts'

/** Between two watches, should the apiserver end them as soon as they begin. */
const pauseMs = 250

/** An object as it is now, and again whenever it has changed; undefined while there is none. Goes on until the signal. */
export async function* versionsOf<T extends KubeObject>(
  apiserver: Apiserver,
  kind: Kind,
  namespace: string,
  name: string,
  signal: AbortSignal,
): AsyncGenerator<T | undefined> {
  const path = pathOf(kind, namespace)
  const selection = new URLSearchParams({ fieldSelector: `metadata.name=${name}` })
  for (;;) {
    signal.throwIfAborted()
    const listed = await granted(await apiserver({ path: `${path}?${selection}`, signal }))
    const { items, metadata } = await jsonOf<ObjectList>(listed)
    yield items[0] as T | undefined
    try {
      for await (const { type, object } of changesOf(apiserver, path, selection, metadata?.resourceVersion, signal))
        if (type !== 'BOOKMARK') yield type === 'DELETED' ? undefined : (object as T)
    } catch (error) {
      // Too long ago to go on from: what is now is what counts.
      if (!(error instanceof Problem) || error.code !== 410) throw error
    }
    await pause(pauseMs, signal)
  }
}
