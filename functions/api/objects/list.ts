import * as z from 'zod'
import { TaskPhase } from '../../../crds/task.ts'
import { pathOf, resources } from '../../../shared/kubernetes.ts'
import { flag, Output, queryOf, segmentOf, wholeNumber } from '../inputs.ts'
import { badRequest, granted } from '../problem.ts'
import type { ApiContext } from '../route.ts'
import type { ObjectList } from './answer.ts'
import { answer, bare, jsonOf } from './answer.ts'
import type { ServedKind } from './served.ts'
import { kindNamed } from './served.ts'
import { sortedPage } from './sorted.ts'
import { watch } from './watch.ts'

export const mostItems = 500
const usualItems = 100

const word = z.string().min(1).max(253)

export const ListQuery = z.object({
  name: word.optional().describe('Only the object of this name.'),
  phase: word.optional().describe(`Only objects in this phase, such as ${TaskPhase.options.join(', ')}.`),
  agent: word.optional().describe('Only Tasks of this Agent.'),
  labelSelector: z.string().max(4096).optional().describe('As in kubectl, such as team=web,env!=test.'),
  limit: wholeNumber(1, mostItems)
    .optional()
    .describe(`Objects in one answer, ${mostItems} at most and ${usualItems} without it.`),
  continue: z.string().max(4096).optional().describe('metadata.continue of the page before.'),
  sortOrder: z
    .enum(['asc', 'desc'])
    .optional()
    .describe('By time of creation, the oldest or the newest first. Without it by namespace and name.'),
  output: Output,
  watch: flag.describe('1: the changes from resourceVersion on, as server-sent events.'),
  resourceVersion: z
    .string()
    .regex(/^\d{1,20}$/, 'must be metadata.resourceVersion of a list or an object')
    .optional()
    .describe('Where a watch begins; it begins with everything there is without it.'),
})
export type ListQuery = z.output<typeof ListQuery>

/** What the apiserver selects by, for this kind: it indexes these fields, so that nothing else is read. */
export const selectionOf = (kind: ServedKind, query: Pick<ListQuery, 'name' | 'phase' | 'agent' | 'labelSelector'>) => {
  const { selectableFields } = kindNamed(kind)
  const fields = { name: 'metadata.name', phase: 'status.phase', agent: 'spec.agentRef.name' }
  const selected = (['name', 'phase', 'agent'] as const).flatMap((name) => {
    const value = query[name]
    if (value === undefined) return []
    const field = fields[name]
    if (field !== 'metadata.name' && !selectableFields.includes(`.${field}`))
      throw badRequest(`${resources[kind].plural} cannot be selected by ${name}`)
    // Of a value that would end the term there is no object.
    return [`${field}=${value.replaceAll(/[\\,=]/g, '\\$&')}`]
  })
  const selection = new URLSearchParams()
  if (selected.length > 0) selection.set('fieldSelector', selected.join(','))
  if (query.labelSelector) selection.set('labelSelector', query.labelSelector)
  return selection
}

const list =
  (kind: ServedKind, more?: (c: ApiContext) => string) =>
  async (c: ApiContext): Promise<Response> => {
    const query = queryOf(c, ListQuery)
    const namespace = c.req.param('namespace') === undefined ? undefined : segmentOf(c, 'namespace')
    const own = more?.(c)
    const labelSelector = [own, query.labelSelector].filter(Boolean).join(',')
    const selection = selectionOf(kind, { ...query, ...(labelSelector && { labelSelector }) })
    const path = pathOf(kind, namespace)
    if (query.watch) return watch(c, { kind, path, selection, from: query.resourceVersion, namespace })
    const limit = query.limit ?? usualItems
    const { items, metadata } = query.sortOrder
      ? await sortedPage(c.var.apiserver, path, selection, { limit, order: query.sortOrder, from: query.continue })
      : await onePage(c, path, selection, limit, query.continue)
    const { apiVersion } = resources[kind]
    const found = {
      apiVersion,
      kind: `${kind}List`,
      metadata,
      items: items.map((item) => bare({ ...item, apiVersion, kind })),
    }
    return answer(c, found, { output: query.output })
  }

const onePage = async (c: ApiContext, path: string, selection: URLSearchParams, limit: number, from?: string) => {
  const query = new URLSearchParams(selection)
  query.set('limit', String(limit))
  if (from) query.set('continue', from)
  return jsonOf<ObjectList>(await granted(await c.var.apiserver({ path: `${path}?${query}` })))
}

export const listOf = (kind: ServedKind) => list(kind)

/** Only objects that also match the selector `more` makes of the path. */
export const listWhere = (kind: ServedKind, more: (c: ApiContext) => string) => list(kind, more)
