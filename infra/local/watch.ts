import type { Api } from './api.ts'

export type Seen = {
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid: string
    readonly resourceVersion: string
    readonly annotations?: Readonly<Record<string, string>>
    readonly deletionTimestamp?: string
  }
}

type WatchEvent<Object extends Seen> = { readonly type: string; readonly object: Object }

/** Hands over every object of the collection, then each change, one after another, until the watch ends. */
export const follow = async <Object extends Seen>(
  api: Api,
  path: string,
  handle: (object: Object) => Promise<void>,
): Promise<void> => {
  const { status, text } = await api.call('GET', path)
  if (status !== 200) throw new Error(`${path} could not be listed: ${status} ${text}`)
  const list = JSON.parse(text) as { metadata: { resourceVersion: string }; items: Object[] }
  for (const object of list.items) await handle(object)
  const query = `watch=true&timeoutSeconds=300&resourceVersion=${list.metadata.resourceVersion}`
  for await (const line of api.lines(`${path}?${query}`)) {
    const { type, object } = JSON.parse(line) as WatchEvent<Object>
    if (type === 'ERROR') return
    if (type === 'ADDED' || type === 'MODIFIED') await handle(object)
  }
}
