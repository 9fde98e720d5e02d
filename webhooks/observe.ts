import * as z from 'zod'
import { labels } from '../crds/names.ts'
import type { Cause, Key } from '../shared/hint.ts'
import type { Kind, Ref } from '../shared/kubernetes.ts'
import { configRef } from '../shared/kubernetes.ts'

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
export const named = (kind: Key['kind'], metadata: Metadata, label: string): Key[] => {
  const { namespace } = metadata
  const name = metadata.labels?.[label]
  return name === undefined || name === '' ? [] : [{ kind, name, ...(namespace !== undefined && { namespace }) }]
}

/** What a look at a Task will need after a write of it or of its Pod: its Agent and, where it is new, the settings. */
export const aheadOf = (kind: Kind, { operation, metadata }: Write): Ref[] => [
  ...named('Agent', metadata, kind === 'Pod' ? labels.servedBy : labels.agent),
  ...(kind === 'Task' && operation === 'CREATE' ? [configRef] : []),
]

export const itself = (kind: Key['kind'], { name, namespace }: Metadata): Key => ({
  kind,
  name,
  ...(namespace !== undefined && { namespace }),
})
