import * as z from 'zod'
import { pathOf } from '../../shared/kubernetes.ts'
import { queryOf, wholeNumber } from './inputs.ts'
import type { ObjectList } from './objects/answer.ts'
import { readObject } from './objects/write.ts'
import type { Route } from './route.ts'

const NamespaceList = z.object({
  items: z.array(z.object({ name: z.string(), phase: z.string(), labels: z.record(z.string(), z.string()) })),
  metadata: z.object({ continue: z.string().optional() }),
})

const Query = z.object({
  limit: wholeNumber(1, 500).optional().describe('Namespaces in one answer, 500 without it.'),
  continue: z.string().max(4096).optional().describe('metadata.continue of the page before.'),
})

interface Namespace {
  readonly metadata?: { readonly name?: string; readonly labels?: Record<string, string> }
  readonly status?: { readonly phase?: string }
}

export const namespacesRoute: Route = {
  method: 'GET',
  path: '/api/v1/namespaces',
  summary: 'Namespaces; a caller who may not list them gets 403 and can still name one',
  query: Query,
  answer: { shape: NamespaceList },
  handle: async (c) => {
    const { limit = 500, continue: from } = queryOf(c, Query)
    const query = new URLSearchParams({ limit: String(limit), ...(from !== undefined && { continue: from }) })
    const list = await readObject<ObjectList & object>(c.var.apiserver, `${pathOf('Namespace')}?${query}`)
    const answer: z.infer<typeof NamespaceList> = {
      items: (list.items as readonly Namespace[]).map(({ metadata, status }) => ({
        name: metadata?.name ?? '',
        phase: status?.phase ?? '',
        labels: metadata?.labels ?? {},
      })),
      metadata: list.metadata?.continue ? { continue: list.metadata.continue } : {},
    }
    return c.json(answer)
  },
}
