import * as z from 'zod'
import { API_VERSION } from './names.ts'
import { ObjectMeta } from './metadata.ts'
import type { Rule } from './rules.ts'

/** What `kubectl get` prints. */
export type Column = {
  readonly name: string
  readonly type: 'string' | 'integer' | 'boolean' | 'date'
  readonly jsonPath: string
  readonly description: string
  /** Only with `-o wide`. */
  readonly wide?: true
}

/** All there is to know of a kind. */
export type Kind<S extends z.ZodType = z.ZodType> = {
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly scope: 'Namespaced' | 'Cluster'
  readonly description: string
  readonly columns: readonly Column[]
  /** Fields that a field selector can use. */
  readonly selectableFields: readonly string[]
  readonly object: S
}

export const age: Column = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Time since the object was made.',
}

/** An object of a kind: `{ apiVersion, kind, metadata, spec, status? }`. */
export const objectOf = <K extends string, Spec extends z.ZodType, Status extends z.ZodType>(
  kind: K,
  spec: Spec,
  status: Status,
) =>
  z.object({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal(kind),
    metadata: ObjectMeta,
    spec,
    status: z.exactOptional(status),
  })

type Named = { readonly metadata: { readonly name: string } }

/** The name may have at most `limit` characters. A name that the apiserver has yet to make passes. */
export const nameLimit = (limit: number, because: string): Rule<Named> => ({
  rule: `size(self.metadata.name) <= ${limit}`,
  message: `metadata.name must have at most ${limit} characters, because ${because}`,
  holds: ({ metadata }) => metadata.name.length <= limit,
  field: 'metadata.name',
})

/** The name must match. A name that the apiserver has yet to make passes. */
export const namePattern = (pattern: RegExp, message: string): Rule<Named> => ({
  rule: `self.metadata.name.matches('${pattern.source}')`,
  message,
  holds: ({ metadata }) => metadata.name === '' || pattern.test(metadata.name),
  field: 'metadata.name',
})
