import type { Kind, Objects } from './kubernetes.ts'
import type { ClusterReader, ListOptions } from './ports.ts'

const pageSize = 500

/** Everything that `options` select, page by page: memory is bounded by one page of at most 500 objects. */
export async function* pagesOf<K extends Kind>(
  reader: ClusterReader,
  kind: K,
  options: Omit<ListOptions, 'limit' | 'continue'> = {},
): AsyncGenerator<readonly Objects[K][]> {
  let next: string | undefined
  do {
    const page = await reader.list(kind, {
      ...options,
      limit: pageSize,
      ...(next !== undefined && { continue: next }),
    })
    yield page.items
    next = page.continue
  } while (next !== undefined)
}
