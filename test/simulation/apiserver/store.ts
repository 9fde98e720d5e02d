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
  /** A store as it was, so many changes ago; for reading. */
  readonly before: (changes: number) => Pick<Store, 'read' | 'all' | 'version'>
  /** Every object there is. */
  readonly everything: () => Stored[]
  /** Puts `object` there as it is, without a word. */
  readonly put: (object: Stored) => void
  /** Puts `object` in place of what is there, under a new resourceVersion. */
  readonly write: (object: Stored, by: string) => Stored
  readonly remove: (ref: Ref, by: string) => void
  /** Calls back after each change. */
  readonly watch: (see: (change: Change) => void) => void
  /** The newest resourceVersion. */
  readonly version: () => number
}

/** Objects of one kind, in the order of their keys. */
interface Shelf {
  readonly keys: string[]
  readonly objects: Stored[]
}

/** Where `key` is, or would be. */
const placeOf = (keys: readonly string[], key: string): number => {
  let [low, high] = [0, keys.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((keys[middle] as string) < key) low = middle + 1
    else high = middle
  }
  return low
}

export const createStore = (now: () => number): Store => {
  const shelves = new Map<Kind, Shelf>()
  const history: Change[] = []
  const watchers: ((change: Change) => void)[] = []
  let version = 100

  const shelfOf = (kind: Kind): Shelf => {
    const known = shelves.get(kind)
    if (known) return known
    const made: Shelf = { keys: [], objects: [] }
    shelves.set(kind, made)
    return made
  }
  const find = (ref: Ref) => {
    const { keys, objects } = shelfOf(ref.kind)
    const key = describeRef(ref)
    const place = placeOf(keys, key)
    return { keys, objects, key, place, found: keys[place] === key ? objects[place] : undefined }
  }
  const record = (ref: Ref, by: string, before: Stored | undefined, after: Stored | undefined): void => {
    const change = { index: history.length, at: now(), by, ref, before, after }
    history.push(change)
    for (const see of watchers) see(change)
  }

  return {
    history,
    read: (ref) => find(ref).found,
    all: (kind) => shelfOf(kind).objects,
    everything: () => [...shelves.values()].flatMap(({ objects }) => objects),
    write: (object, by) => {
      version += 1
      const next = frozen({ ...object, metadata: { ...object.metadata, resourceVersion: String(version) } }) as Stored
      const ref = refOf(next)
      const { keys, objects, key, place, found } = find(ref)
      keys.splice(place, found ? 1 : 0, key)
      objects.splice(place, found ? 1 : 0, next)
      record(ref, by, found, next)
      return next
    },
    remove: (ref, by) => {
      const { keys, objects, place, found } = find(ref)
      if (!found) return
      version += 1
      keys.splice(place, 1)
      objects.splice(place, 1)
      record(ref, by, found, undefined)
    },
    before: (changes) => {
      const then = createStore(now)
      for (const { ref, after, by } of history.slice(0, Math.max(0, history.length - changes)))
        if (after) then.put(after)
        else then.remove(ref, by)
      return then
    },
    put: (object) => {
      const { keys, objects, key, place, found } = find(refOf(object))
      keys.splice(place, found ? 1 : 0, key)
      objects.splice(place, found ? 1 : 0, object)
    },
    watch: (see) => void watchers.push(see),
    version: () => version,
  }
}
