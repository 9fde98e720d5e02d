import type { Cause, Hint } from './hint.ts'
import type { Kind, KubeObject, Ref } from './kubernetes.ts'
import { describeRef } from './kubernetes.ts'
import type { Clock, ClusterReader } from './ports.ts'

/** How long a gather waits for the write that caused the hint: 4 + 8 + 16 + 32 milliseconds at most, after the first look. */
const visibilityWaits = [4, 8, 16, 32]
/** What is written is never there at once, so the first look for it is not before this many milliseconds. */
const firstLookMs = { CREATE: 5, UPDATE: 3, DELETE: 3 } as const

interface Awaiting extends ClusterReader {
  /** Whether the write was waited for and did not show. */
  readonly isLate: () => boolean
}

/**
 * Admission hints leave before their write is stored. This reader repeats the read of the causing object, briefly,
 * until it shows another version than the one the write replaces. A refused write costs the whole wait and one more
 * look.
 */
export const awaiting = (reader: ClusterReader, cause: Cause | undefined, clock: Clock): Awaiting => {
  if (!cause)
    return {
      isLate: () => false,
      list: (kind, options) => reader.list(kind, options),
      get: (ref) => reader.get(ref),
    }
  let isLate = false
  let hasLooked = false
  const isVisible = (object: KubeObject | undefined): boolean => {
    if (cause.operation === 'CREATE') return object !== undefined
    if (!object) return true
    return object.metadata?.resourceVersion !== cause.resourceVersion
  }
  const get: ClusterReader['get'] = async (ref) => {
    const isCause = ref.kind === cause.ref.kind && ref.name === cause.ref.name && ref.namespace === cause.ref.namespace
    if (!isCause) return reader.get(ref)
    if (!hasLooked) await clock.sleep(firstLookMs[cause.operation])
    hasLooked = true
    let object = await reader.get(ref)
    for (const wait of visibilityWaits) {
      if (isVisible(object)) break
      await clock.sleep(wait)
      object = await reader.get(ref)
    }
    isLate = !isVisible(object)
    return object
  }
  return {
    isLate: () => isLate,
    get,
    // The list says whether the object is there, so it waits for the same write.
    list: async (kind, options) => {
      if (kind === cause.ref.kind) await get(cause.ref)
      return reader.list(kind, options)
    },
  }
}

/** Reads at once what the hint says will be needed. Each is given out once: whoever reads again wants to see it anew. */
export const readingAhead = (reader: ClusterReader, { ahead = [] }: Hint): ClusterReader => {
  const reads = new Map<string, Promise<unknown>>()
  for (const ref of ahead) {
    const read = reader.get(ref)
    read.catch(() => {})
    reads.set(describeRef(ref), read)
  }
  return {
    list: (kind, options) => reader.list(kind, options),
    get: <K extends Kind>(ref: Ref<K>) => {
      const id = describeRef(ref)
      const read = reads.get(id) as ReturnType<typeof reader.get<K>> | undefined
      reads.delete(id)
      return read ?? reader.get(ref)
    },
  }
}
