import { RetryableError } from '../../shared/errors.ts'
import type { Kind, KubeObject, Objects, Ref } from '../../shared/kubernetes.ts'
import { describeRef } from '../../shared/kubernetes.ts'
import { isSame } from '../../shared/merge-patch.ts'
import type { Cluster, ListOptions } from '../../shared/ports.ts'

type Json = Record<string, unknown>

export interface MemoryCluster extends Cluster {
  /** What was written, in its order: `create Pod default/job-pod`. A refused write is there too. */
  readonly writes: string[]
  /** Asked before each write; what it gives is thrown. */
  refuse: (write: string) => Error | undefined
  /** Puts an object there as somebody else would, with a new resourceVersion. */
  readonly put: (object: KubeObject) => void
  readonly drop: (ref: Ref) => void
}

const refOf = ({ kind, metadata }: KubeObject): Ref => ({
  kind: kind as Kind,
  name: metadata?.name ?? '',
  ...(metadata?.namespace !== undefined && { namespace: metadata.namespace }),
})

const patched = (target: unknown, patch: unknown): unknown => {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const result: Json = { ...(target as Json | undefined) }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = patched(result[key], value)
  }
  return result
}

const fieldOf = (object: unknown, path: string): string => {
  const value = path.split('.').reduce((part, key) => (part as Json | undefined)?.[key], object)
  return typeof value === 'string' || typeof value === 'boolean' ? String(value) : ''
}

const isSelected = (object: unknown, selector = ''): boolean =>
  selector
    .split(',')
    .filter(Boolean)
    .every((term) => {
      const [path = '', value = ''] = term.split(/!?=/)
      return (fieldOf(object, path) === value) !== term.includes('!=')
    })

/**
 * Just enough of an apiserver for tests of the spine: names, uids and resourceVersions. It knows no schema, no
 * defaults and no selectors by label; what depends on those is tested against the real one.
 */
export const memoryCluster = (...objects: readonly KubeObject[]): MemoryCluster => {
  const stored = new Map<string, KubeObject>()
  const writes: string[] = []
  let version = 100

  const store = (object: KubeObject): KubeObject => {
    version += 1
    const metadata = { uid: `uid-${version}`, ...object.metadata, resourceVersion: String(version) }
    const next = JSON.parse(JSON.stringify({ ...object, metadata })) as KubeObject
    stored.set(describeRef(refOf(next)), next)
    return next
  }
  const write = (what: string): void => {
    writes.push(what)
    const error = cluster.refuse(what)
    if (error) throw error
  }
  const change = (ref: Ref, patch: object, resourceVersion: string): string => {
    const before = stored.get(describeRef(ref))
    if (!before || before.metadata?.resourceVersion !== resourceVersion)
      throw new RetryableError(`${describeRef(ref)} is newer`)
    return store(patched(before, patch) as KubeObject).metadata?.resourceVersion ?? ''
  }

  const cluster: MemoryCluster = {
    writes,
    refuse: () => undefined,
    put: (object) => void store(object),
    drop: (ref) => void stored.delete(describeRef(ref)),
    get: async <K extends Kind>(ref: Ref<K>) => structuredClone(stored.get(describeRef(ref))) as Objects[K] | undefined,
    list: async <K extends Kind>(kind: K, { namespace, fieldSelector }: ListOptions = {}) => ({
      items: [...stored.values()].filter(
        (object) =>
          object.kind === kind &&
          (namespace === undefined || object.metadata?.namespace === namespace) &&
          isSelected(object, fieldSelector),
      ) as Objects[K][],
    }),
    create: async (object) => {
      write(`create ${describeRef(refOf(object))}`)
      if (stored.has(describeRef(refOf(object)))) return false
      store(object)
      return true
    },
    apply: async (object) => {
      write(`apply ${describeRef(refOf(object))}`)
      const before = stored.get(describeRef(refOf(object)))
      const next = { ...before, ...object, metadata: { ...before?.metadata, ...object.metadata } }
      if (!isSame(before, next)) store(next)
    },
    patch: async (ref, patch, resourceVersion) => {
      write(`patch ${describeRef(ref)}`)
      return change(ref, patch, resourceVersion)
    },
    patchStatus: async (ref, patch, resourceVersion) => {
      write(`status ${describeRef(ref)}`)
      change(ref, { status: patch }, resourceVersion)
    },
    remove: async (ref, uid) => {
      write(`remove ${describeRef(ref)}`)
      if (stored.get(describeRef(ref))?.metadata?.uid === uid) stored.delete(describeRef(ref))
    },
  }
  for (const object of objects) store(object)
  return cluster
}
