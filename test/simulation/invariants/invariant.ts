import type { Ref } from '../../../shared/kubernetes.ts'
import type { Change } from '../apiserver/store.ts'
import type { Fault } from '../fault.ts'
import type { Look } from '../scenario.ts'

export interface Violation {
  readonly invariant: string
  readonly message: string
  readonly ref: Ref
}

export type Report = (message: string, ref: Ref) => void

/** Something that must hold for every version that ever is. A new watcher watches one run from its beginning. */
export interface Invariant {
  readonly id: string
  readonly promise: string
  /** The faults under which it must hold, where it is not all of them. */
  readonly judges?: readonly Fault['kind'][]
  readonly watch: (
    look: Look,
    report: Report,
  ) => {
    /** Asked after each change. */
    readonly see?: (change: Change) => void
    /** Asked once the desired end is reached and nothing more happens. */
    readonly end?: () => void
  }
}

/** Whether one of our functions made this change. */
export const isOurs = ({ by }: Change): boolean => by.startsWith('copy ')
