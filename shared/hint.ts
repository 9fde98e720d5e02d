import type { OwnKind, Ref } from './kubernetes.ts'

/** Which object should be looked at. */
export interface Key {
  readonly kind: OwnKind
  readonly namespace?: string
  readonly name: string
}

/**
 * The write that caused a hint, as admission saw it: before it was stored, and possibly never stored at all.
 * `resourceVersion` is the version the write replaces; absent on a create.
 */
export interface Cause {
  readonly ref: Ref
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE'
  readonly resourceVersion?: string
}

/** Why it may be somebody's turn: a Task has ended, or one has come that waits, of which the Agent's status does not know. */
export type Turn = 'ended' | 'waits'

/** What travels on the bus: a key, never an object. It may be lost, doubled, late, or for a write that was then refused. */
export interface Hint {
  readonly key: Key
  readonly cause?: Cause
  /** Not before this many seconds from now. */
  readonly afterSeconds?: number
  /** What the look will need, as far as who asks knows: it is read at once, and decides nothing. */
  readonly ahead?: readonly Ref[]
  /** Of an Agent: it is enough to see whose turn it is. */
  readonly turn?: Turn
  /** That a sweep asks, and no event did. It changes nothing of what is done. */
  readonly isSwept?: true
}

export const keyText = ({ kind, namespace, name }: Key): string => `${kind}/${namespace ?? ''}/${name}`
