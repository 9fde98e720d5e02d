import type { AnyObject, Objects, Plural } from '../api/types.ts'
import { plurals } from '../api/types.ts'

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED'

/** Objects as they were last heard of. Readers are told at most once a frame, however much changes. */
export interface Store {
  /** Newest first; the same array until something of the kind changes. */
  readonly list: <P extends Plural>(plural: P) => readonly Objects[P][]
  readonly get: <P extends Plural>(plural: P, namespace: string, name: string) => Objects[P] | undefined
  /** Whether everything there is was heard at least once. */
  readonly isKnown: (plural: Plural) => boolean
  /** Why a kind cannot be shown; undefined while it can. */
  readonly problemOf: (plural: Plural) => string | undefined
  readonly replace: (plural: Plural, items: readonly AnyObject[]) => void
  readonly change: (plural: Plural, type: ChangeType, object: AnyObject) => void
  readonly fail: (plural: Plural, problem: string) => void
  readonly subscribe: (tell: () => void) => () => void
}

const keyOf = ({ metadata: { namespace = '', name } }: AnyObject): string => `${namespace}/${name}`

const newestFirst = (a: AnyObject, b: AnyObject): number => {
  const [one = '', other = ''] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp]
  if (one !== other) return one < other ? 1 : -1
  return keyOf(a) < keyOf(b) ? -1 : 1
}

interface Shelf {
  objects: Map<string, AnyObject>
  sorted: readonly AnyObject[] | undefined
  isKnown: boolean
  problem: string | undefined
}

const emptyShelf = (): Shelf => ({ objects: new Map(), sorted: undefined, isKnown: false, problem: undefined })

/** `soon` calls once, later: a frame of the browser outside of tests. */
export const createStore = (soon: (tell: () => void) => void): Store => {
  const shelves = Object.fromEntries(plurals.map((plural) => [plural, emptyShelf()])) as Record<Plural, Shelf>
  const readers = new Set<() => void>()
  let isTold = false
  const changed = (shelf: Shelf): void => {
    shelf.sorted = undefined
    if (isTold) return
    isTold = true
    soon(() => {
      isTold = false
      for (const tell of readers) tell()
    })
  }
  return {
    list: <P extends Plural>(plural: P) => {
      const shelf = shelves[plural]
      shelf.sorted ??= [...shelf.objects.values()].toSorted(newestFirst)
      return shelf.sorted as readonly Objects[P][]
    },
    get: <P extends Plural>(plural: P, namespace: string, name: string) =>
      shelves[plural].objects.get(`${namespace}/${name}`) as Objects[P] | undefined,
    isKnown: (plural) => shelves[plural].isKnown,
    problemOf: (plural) => shelves[plural].problem,
    replace: (plural, items) => {
      const shelf = shelves[plural]
      shelf.objects = new Map(items.map((item) => [keyOf(item), item]))
      shelf.isKnown = true
      shelf.problem = undefined
      changed(shelf)
    },
    change: (plural, type, object) => {
      const shelf = shelves[plural]
      if (type === 'DELETED') shelf.objects.delete(keyOf(object))
      else shelf.objects.set(keyOf(object), object)
      changed(shelf)
    },
    fail: (plural, problem) => {
      const shelf = shelves[plural]
      shelf.problem = problem
      shelf.isKnown = true
      changed(shelf)
    },
    subscribe: (tell) => {
      readers.add(tell)
      return () => readers.delete(tell)
    },
  }
}
