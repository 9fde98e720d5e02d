import { resources } from '../../../shared/kubernetes.ts'
import type { Stored } from './object.ts'
import { selection } from './select.ts'
import type { Request } from './request.ts'
import type { Result } from './status.ts'
import { badRequest } from './status.ts'
import type { Store } from './store.ts'

interface Rest {
  readonly items: readonly Stored[]
  readonly version: number
}

/** Lists by namespace and selectors, page by page. Later pages show the moment of the first one. */
export const listed = (store: Pick<Store, 'all' | 'version'>): ((request: Request) => Result) => {
  const rests = new Map<string, Rest>()
  let tokens = 0

  return ({ kind, namespace, query = {} }) => {
    const isWanted = selection(kind, query['labelSelector'], query['fieldSelector'])
    const token = query['continue']
    const rest = token === undefined ? undefined : rests.get(token)
    if (token !== undefined && !rest) throw badRequest('continue key is not valid')
    const { items, version } = rest ?? {
      items: store
        .all(kind)
        .filter((object) => (namespace === undefined || object.metadata?.namespace === namespace) && isWanted(object)),
      version: store.version(),
    }
    const limit = Number(query['limit'] ?? 0) || items.length
    const left = items.slice(limit)
    let next: string | undefined
    if (left.length > 0) {
      tokens += 1
      next = `page-${tokens}`
      rests.set(next, { items: left, version })
    }
    return {
      code: 200,
      body: {
        apiVersion: resources[kind].apiVersion,
        kind: `${kind}List`,
        metadata: { resourceVersion: String(version), ...(next !== undefined && { continue: next }) },
        items: items.slice(0, limit),
      },
    }
  }
}
