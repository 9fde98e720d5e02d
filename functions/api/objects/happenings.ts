import type { Event } from 'kubernetes-types/events/v1'
import * as z from 'zod'
import { pathOf, resources } from '../../../shared/kubernetes.ts'
import { placeOf } from '../inputs.ts'
import type { ApiContext, Route } from '../route.ts'
import type { ObjectList } from './answer.ts'
import { servedKinds } from './served.ts'
import type { ServedKind } from './served.ts'
import { readObject } from './write.ts'

const Happening = z.object({
  type: z.string().describe('Normal or Warning.'),
  reason: z.string(),
  action: z.string(),
  note: z.string(),
  time: z.string().describe('When it happened last.'),
  count: z.int().describe('How often it was seen.'),
})
type Happening = z.infer<typeof Happening>
const Happenings = z.object({ items: z.array(Happening) })

/** Events are kept for an hour, and one object has few. */
const most = 500

const happeningOf = ({
  type,
  reason,
  action,
  note,
  eventTime,
  metadata,
  series,
  deprecatedCount,
}: Event): Happening => ({
  type: type ?? 'Normal',
  reason: reason ?? '',
  action: action ?? '',
  note: note ?? '',
  time: series?.lastObservedTime ?? eventTime ?? metadata?.creationTimestamp ?? '',
  count: series?.count ?? deprecatedCount ?? 1,
})

const happenings =
  (kind: ServedKind) =>
  async (c: ApiContext): Promise<Response> => {
    const { namespace, name } = placeOf(c)
    const { apiserver } = c.var
    const { metadata } = await readObject(apiserver, pathOf(kind, namespace, name))
    // By uid: an object of the same name that was here before had a life of its own.
    const query = new URLSearchParams({ fieldSelector: `regarding.uid=${metadata?.uid}`, limit: String(most) })
    const { items } = await readObject<ObjectList & object>(apiserver, `${pathOf('Event', namespace)}?${query}`)
    const found = (items as readonly Event[])
      .map(happeningOf)
      .toSorted((one, other) => (one.time < other.time ? 1 : one.time > other.time ? -1 : 0))
    return c.json({ items: found } satisfies z.infer<typeof Happenings>)
  }

export const happeningRoutes: readonly Route[] = servedKinds.map((kind) => ({
  method: 'GET',
  path: `/api/v1/namespaces/{namespace}/${resources[kind].plural}/{name}/events`,
  summary: `What happened to a ${kind} in the last hour, the newest first`,
  answer: { shape: Happenings },
  handle: happenings(kind),
}))
