import { stringify } from 'yaml'
import type { KubeObject } from '../../../shared/kubernetes.ts'
import { Problem } from '../problem.ts'
import type { ApiContext } from '../route.ts'

/** A list as the apiserver gives it. */
export interface ObjectList {
  readonly metadata?: {
    readonly resourceVersion?: string
    readonly continue?: string
    readonly remainingItemCount?: number
  }
  readonly items: readonly KubeObject[]
}

/** More than this is not read of one answer: 500 objects of ordinary size have a few megabytes. */
const mostBytes = 32 * 1024 * 1024

/** A JSON answer of the apiserver, read within bounds. */
export const jsonOf = async <T>(response: Response): Promise<T> => {
  const decoder = new TextDecoder()
  const parts: string[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > mostBytes)
      throw new Problem(
        413,
        'TooLarge',
        `the answer has more than ${mostBytes / 1024 / 1024} MiB; ask for fewer objects with a smaller limit`,
      )
    parts.push(decoder.decode(chunk, { stream: true }))
  }
  try {
    return JSON.parse(parts.join('') + decoder.decode()) as T
  } catch (cause) {
    throw new Problem(503, 'ServiceUnavailable', 'the apiserver answered something that is no JSON', { cause })
  }
}

/** Who wrote which field is half of an object and means nothing to a person; the apiserver keeps it when it is left out. */
export const bare = <T extends KubeObject>(object: T): T => {
  if (object.metadata?.managedFields === undefined) return object
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

/** An object as JSON or YAML, with its version as ETag; passes on what admission warned of. */
export const answer = (
  c: ApiContext,
  object: object,
  options: { output?: 'json' | 'yaml' | undefined; status?: number; from?: Response } = {},
): Response => {
  const { output, status = 200, from } = options
  const version = (object as KubeObject).metadata?.resourceVersion
  const warning = from?.headers.get('warning')
  const headers = {
    'content-type': output === 'yaml' ? 'application/yaml; charset=utf-8' : 'application/json',
    ...(version && !('items' in object) && { etag: `"${version}"` }),
    ...(warning && { warning }),
  }
  const text =
    output === 'yaml' ? stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 }) : JSON.stringify(object)
  return c.body(text, status as 200, headers)
}
