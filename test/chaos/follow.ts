import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from '../../infra/local/api.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: KubeObject
}

const againMs = 200

/** The version at which a watch began is forgotten, which an apiserver does when it is started anew. */
class Forgotten extends Error {}

/**
 * Tells the changes of a collection in their order, also while the apiserver is started anew: a watch that ends goes on at
 * the version it has reached, and where that is forgotten the collection is read and what is different is told. A version
 * between two others may be missed then, an object only if it came and went in that time.
 */
export const follow = async (
  api: Api,
  path: string,
  told: (change: Change) => void,
  signal: AbortSignal,
): Promise<{ readonly done: Promise<void> }> => {
  const known = new Map<string, KubeObject>()
  let version = ''

  const tell = (type: Change['type'], object: KubeObject): void => {
    const uid = object.metadata?.uid ?? ''
    if (type === 'DELETED') known.delete(uid)
    else known.set(uid, object)
    told({ type, object })
  }
  const read = async (): Promise<void> => {
    const { status, text } = await api.call('GET', path)
    if (status !== 200) throw new Error(`${path} could not be listed: ${status} ${text}`)
    const list = JSON.parse(text) as { metadata: { resourceVersion: string }; items: KubeObject[] }
    version = list.metadata.resourceVersion
    const there = new Set(list.items.map(({ metadata }) => metadata?.uid))
    for (const [uid, object] of known) if (!there.has(uid)) tell('DELETED', object)
    for (const object of list.items) {
      const before = known.get(object.metadata?.uid ?? '')
      if (before?.metadata?.resourceVersion !== object.metadata?.resourceVersion)
        tell(before ? 'MODIFIED' : 'ADDED', object)
    }
  }
  const stretch = async (): Promise<void> => {
    for await (const line of api.lines(`${path}?watch=true&timeoutSeconds=30&resourceVersion=${version}`)) {
      if (signal.aborted) return
      const { type, object } = JSON.parse(line) as {
        type: Change['type'] | 'ERROR'
        object: KubeObject & { code?: number }
      }
      if (type === 'ERROR')
        throw object.code === 410 ? new Forgotten() : new Error(`the watch of ${path} failed: ${line}`)
      version = object.metadata?.resourceVersion ?? version
      tell(type, object)
    }
  }
  const goOn = async (): Promise<void> => {
    let isForgotten = false
    while (!signal.aborted) {
      try {
        if (isForgotten) await read()
        isForgotten = false
        await stretch()
      } catch (error) {
        // Whatever else ends a watch is an apiserver that is away.
        isForgotten ||= error instanceof Forgotten
      }
      await sleep(againMs, undefined, { signal }).catch(() => undefined)
    }
  }
  await read()
  return { done: goOn() }
}
