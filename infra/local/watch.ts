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

/**
 * Gives every object of the collection, then each change, until the watch ends.
 * Objects are as the apiserver sends them; the caller names the kind that lives at `path`.
 */
export async function* follow(api: Api, path: string): AsyncGenerator<Seen> {
  const { status, text } = await api.call('GET', path)
  if (status !== 200) throw new Error(`${path} could not be listed: ${status} ${text}`)
  const list = JSON.parse(text) as { metadata: { resourceVersion: string }; items: Seen[] }
  yield* list.items
  const query = `watch=true&timeoutSeconds=300&resourceVersion=${list.metadata.resourceVersion}`
  for await (const line of api.lines(`${path}?${query}`)) {
    const { type, object } = JSON.parse(line) as { type: string; object: Seen }
    if (type === 'ERROR') return
    if (type === 'ADDED' || type === 'MODIFIED') yield object
  }
}
