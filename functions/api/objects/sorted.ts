import * as z from 'zod'
import type { KubeObject } from '../../../shared/kubernetes.ts'
import type { Apiserver } from '../apiserver.ts'
import { badRequest, granted, Problem } from '../problem.ts'
import type { ObjectList } from './answer.ts'
import { jsonOf } from './answer.ts'

/** Small, because a page is all that is held of what is looked through. */
const pageSize = 200

/** The apiserver sorts by name alone. For another order everything selected is looked through, page by page, up to here. */
export const mostLookedThrough = 10_000

/** Where a page ended: the last object's time of creation, and its place among those of the same second. */
const Token = z.object({ order: z.enum(['asc', 'desc']), time: z.string().max(64), key: z.string().max(600) })
type Token = z.infer<typeof Token>

const encoded = (token: Token): string => btoa(JSON.stringify(token)).replaceAll('+', '-').replaceAll('/', '_')

const decoded = (text: string): Token | undefined => {
  try {
    return Token.safeParse(JSON.parse(atob(text.replaceAll('-', '+').replaceAll('_', '/')))).data
  } catch {
    return undefined
  }
}

interface Place {
  readonly time: string
  readonly key: string
}

/** Times of creation have one form, so that their texts sort as they do. */
const placeOf = ({ metadata }: KubeObject): Place => ({
  time: metadata?.creationTimestamp ?? '',
  key: `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`,
})

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

/** Objects of the same second stand by their names in both orders. */
const comparison = (order: Token['order']) => (one: Place, other: Place) =>
  (order === 'asc' ? 1 : -1) * compare(one.time, other.time) || compare(one.key, other.key)

/** One page in order of creation: memory is bounded by it and one page of the apiserver. */
export const sortedPage = async (
  apiserver: Apiserver,
  path: string,
  selection: URLSearchParams,
  { limit, order, from }: { limit: number; order: Token['order']; from: string | undefined },
): Promise<ObjectList> => {
  const after = from ? decoded(from) : undefined
  if (from && (!after || after.order !== order))
    throw badRequest('continue is not of a page in this order; begin again without it')
  const inOrder = comparison(order)
  let best: { object: KubeObject; place: Place }[] = []
  let next: string | undefined
  let resourceVersion: string | undefined
  let seen = 0
  let isMore = false
  do {
    const query = new URLSearchParams(selection)
    query.set('limit', String(pageSize))
    if (next) query.set('continue', next)
    const page = await jsonOf<ObjectList>(await granted(await apiserver({ path: `${path}?${query}` })))
    resourceVersion ??= page.metadata?.resourceVersion
    seen += page.items.length
    const rest = page.items
      .map((object) => ({ object, place: placeOf(object) }))
      .filter(({ place }) => !after || inOrder(place, after) > 0)
    const all = [...best, ...rest].toSorted((one, other) => inOrder(one.place, other.place))
    isMore ||= all.length > limit
    best = all.slice(0, limit)
    next = page.metadata?.continue || undefined
    if (next && seen >= mostLookedThrough)
      throw new Problem(
        413,
        'TooLarge',
        `more than ${mostLookedThrough} objects are selected, too many to sort by time: select a namespace, a phase or a label, or leave sortOrder out`,
      )
  } while (next)
  const last = best.at(-1)?.place
  return {
    items: best.map(({ object }) => object),
    metadata: {
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(isMore && last && { continue: encoded({ order, ...last }) }),
    },
  }
}
