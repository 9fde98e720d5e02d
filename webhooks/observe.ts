import * as z from 'zod'
import type { Cause, Key } from '../shared/hint.ts'

/** All an observer reads, so that it never misses an object it could not parse. */
export const Head = z.object({
  metadata: z.object({
    name: z.string().min(1),
    namespace: z.string().optional(),
    resourceVersion: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional().catch(undefined),
  }),
})
export type Metadata = z.infer<typeof Head>['metadata']

/** One write, as far as it matters for who should look: `prior` is what it replaces. */
export interface Write {
  readonly operation: Cause['operation']
  readonly metadata: Metadata
  readonly prior: Metadata | undefined
}

/** Whose turn it may be after a write. A hint, not a fact: the write may still be refused further on. */
export type Wake = (write: Write) => readonly Key[]

/** The object of `kind` that a label names, in the same namespace. */
export const named = (kind: Key['kind'], { labels, namespace }: Metadata, label: string): Key[] => {
  const name = labels?.[label]
  return name === undefined || name === '' ? [] : [{ kind, name, ...(namespace !== undefined && { namespace }) }]
}

export const itself = (kind: Key['kind'], { name, namespace }: Metadata): Key => ({
  kind,
  name,
  ...(namespace !== undefined && { namespace }),
})
