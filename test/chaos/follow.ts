import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeObject } from '../../shared/kubernetes.ts'
import type { Api } from '../../infra/local/api.ts'

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: KubeObject
}

const againMs = 200

/**
 * Tells every change of a collection once and in its order, also those that happen while the apiserver is away: a watch
 * that ends goes on at the version it has reached. Throws where that version is forgotten, because then something was missed.
 */
export const follow = async (
  api: Api,
  path: string,
  told: (change: Change) => void,
  signal: AbortSignal,
): Promise<{ readonly done: Promise<void> }> => {
  const { status, text } = await api.call('GET', path)
  if (status !== 200) throw new Error(`${path} could not be listed: ${status} ${text}`)
  const list = JSON.parse(text) as { metadata: { resourceVersion: string }; items: KubeObject[] }
  for (const object of list.items) told({ type: 'ADDED', object })
  let version = list.metadata.resourceVersion

  const stretch = async (): Promise<void> => {
    for await (const line of api.lines(`${path}?watch=true&timeoutSeconds=30&resourceVersion=${version}`)) {
      if (signal.aborted) return
      const { type, object } = JSON.parse(line) as {
        type: string
        object: KubeObject & { code?: number; message?: string }
      }
      if (type === 'ERROR')
        throw new Error(`the watch of ${path} has missed something: ${object.code} ${object.message}`)
      version = object.metadata?.resourceVersion ?? version
      if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') told({ type, object })
    }
  }
  const goOn = async (): Promise<void> => {
    while (!signal.aborted) {
      await stretch().catch((error: unknown) => {
        if (error instanceof Error && error.message.includes('has missed something')) throw error
      })
      await sleep(againMs, undefined, { signal }).catch(() => undefined)
    }
  }
  return { done: goOn() }
}
