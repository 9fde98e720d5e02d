import { watch, WatchExpired, WatchRefused } from '../../infra/cluster/watch.ts'
import { pathOf } from '../../infra/cluster/rest.ts'
import type { Kind, KubeObject, Objects, Ref } from '../../shared/kubernetes.ts'
import type { Access } from './access.ts'
import { refused } from './refusals.ts'

/**
 * An object as it is, and then after each of its changes, until `signal` is aborted. Undefined where it is not there,
 * or is not there any more. Throws a CommandError where it may not be seen.
 */
export async function* statesOf<K extends Kind>(
  { api, connection, caller }: Access,
  ref: Ref<K>,
  signal: AbortSignal,
  now: () => Date,
): AsyncGenerator<Objects[K] | undefined> {
  const query = new URLSearchParams({ fieldSelector: `metadata.name=${ref.name}` })
  const path = `${pathOf(ref.kind, ref.namespace)}?${query}`
  const what = `cannot watch ${ref.kind} ${ref.name}`
  while (!signal.aborted) {
    const list = await api.ask<{ items: Objects[K][]; metadata: { resourceVersion: string } }>(what, 'GET', path)
    yield list?.items[0]
    try {
      const resourceVersion = list?.metadata.resourceVersion ?? ''
      for await (const { type, object } of watch<Objects[K] & KubeObject>(connection, {
        path,
        resourceVersion,
        signal,
      }))
        yield type === 'DELETED' ? undefined : object
    } catch (error) {
      if (error instanceof WatchRefused) throw refused({ code: error.code, message: error.answer }, what, caller, now())
      if (!(error instanceof WatchExpired)) throw error
    }
  }
}
