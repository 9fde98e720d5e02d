import type { Hint, Key } from './hint.ts'
import type { KubeObject, Ref } from './kubernetes.ts'
import type { Asked, Reply, SessionServer } from './ports.ts'

/** One incarnation of an object: a newer one of the same name is left alone. */
export interface Incarnation {
  readonly ref: Ref
  readonly uid: string
}

/** Something a user should see in `kubectl describe` of the parent. */
export interface Note {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  /** What was done, as the events API calls it, e.g. `CreatePod`. */
  readonly action: string
  readonly message: string
}

/** Another object's status, as it was seen and as it should be. */
export interface StatusChange {
  readonly object: KubeObject & { readonly status?: object | undefined }
  readonly status: object
}

/** A merge patch of another object, made only where it still is as it was seen. */
export interface Change {
  readonly object: KubeObject
  readonly patch: object
}

/** What should be done, as data; carried out in the order of the fields by the one writer in reconcile.ts. */
export interface Plan<Status = object> {
  /** Sessions to end on an Agent's server before anything is deleted. */
  readonly abort?: readonly { readonly server: SessionServer; readonly title: string }[]
  /** What agents are told that wait for it; each must have been recorded before, because it may be told twice. */
  readonly tell?: readonly { readonly server: SessionServer; readonly asked: Asked; readonly reply: Reply }[]
  readonly remove?: readonly Incarnation[]
  /** Create-only, for what may not be read: an object of that name that exists already is left alone, and the plan goes on. */
  readonly ensure?: readonly KubeObject[]
  /** Create-only: an object of that name that exists already means another copy was faster, and the world is read again. */
  readonly create?: readonly KubeObject[]
  /** With the uid that was seen; what has none was not there, and is made only where it still is not. */
  readonly apply?: readonly KubeObject[]
  readonly change?: readonly Change[]
  /** The whole status as it should be; written only where it differs. Undefined leaves it alone. */
  readonly status?: Status
  /**
   * Merge patch of the parent outside its status, such as removing a served annotation: after the status, so that who
   * sees the annotation gone also sees what came of it.
   */
  readonly patch?: object
  /** Objects whose turn it may be now. */
  readonly wake?: readonly Key[]
  /** The same, where more is known than whom to look at. */
  readonly hints?: readonly Omit<Hint, 'cause'>[]
  /** What this decision changes for others, such as their places in a queue; each is written only as it was seen. */
  readonly others?: readonly StatusChange[]
  readonly events?: readonly Note[]
  /** Look again after this many seconds, because nothing else would tell. */
  readonly againSeconds?: number
}

export const nothing: Plan<never> = {}
