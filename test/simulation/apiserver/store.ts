import type { Kind, Ref } from '../../../shared/kubernetes.ts'
import { describeRef } from '../../../shared/kubernetes.ts'
import type { Stored } from './object.ts'
import { frozen, refOf } from './object.ts'

/** One version: what was there before and what is there since. */
export interface Change {
  readonly index: number
  /** Wall clock of the apiserver, in milliseconds. */
  readonly at: number
  readonly by: string
  readonly ref: Ref
  readonly before: Stored | undefined
  readonly after: Stored | undefined
}

/** Keeps every version of every object, as data. It knows nothing of verbs and rules. */
export interface Store {
  readonly history: readonly Change[]
  readonly read: (ref: Ref) => Stored | undefined
  /** In the order of their keys, as etcd has them. */
  readonly all: (kind: Kind) => readonly Stored[]
  /** Every object there is. */
  readonly everything: () => Stored[]
  /** Puts `object` in place of what is there, under a new resourceVersion. */
  readonly write: (object: Stored, by: string) => Stored
  readonly remove: (ref: Ref, by: string) => void
  /** Calls back after each change. */
  readonly watch: (see: (change: Change) => void) => void
  /** The newest resourceVersion. */
  readonly version: () => number
}

export const createStore = (now: () => number): Store => {
  const byKind = new Map<Kind, Map<string, Stored>>()
  const history: Change[] = []
  const watchers: ((change: Change) => void)[] = []
  let version = 100

  const of = (kind: Kind): Map<string, Stored> => {
    const known = byKind.get(kind)
    if (known) return known
    const made = new Map<string, Stored>()
    byKind.set(kind, made)
    return made
  }
  const record = (ref: Ref, by: string, before: Stored | undefined, after: Stored | undefined): void => {
    const change = { index: history.length, at: now(), by, ref, before, after }
    history.push(change)
    for (const see of watchers) see(change)
  }
  /** Lists are asked for more often than anything changes. */
  const lists = new Map<Kind, readonly Stored[]>()
  const sorted = (kind: Kind): readonly Stored[] => {
    const known = lists.get(kind)
    if (known) return known
    const made = [...of(kind)].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, object]) => object)
    lists.set(kind, made)
    return made
  }

  return {
    history,
    read: (ref) => of(ref.kind).get(describeRef(ref)),
    all: sorted,
    everything: () => [...byKind.keys()].flatMap(sorted),
    write: (object, by) => {
      version += 1
      const next = frozen({ ...object, metadata: { ...object.metadata, resourceVersion: String(version) } }) as Stored
      const ref = refOf(next)
      const before = of(ref.kind).get(describeRef(ref))
      of(ref.kind).set(describeRef(ref), next)
      lists.delete(ref.kind)
      record(ref, by, before, next)
      return next
    },
    remove: (ref, by) => {
      const before = of(ref.kind).get(describeRef(ref))
      if (!before) return
      version += 1
      of(ref.kind).delete(describeRef(ref))
      lists.delete(ref.kind)
      record(ref, by, before, undefined)
    },
    watch: (see) => void watchers.push(see),
    version: () => version,
  }
}
