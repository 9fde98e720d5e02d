import type { Pod } from 'kubernetes-types/core/v1'
import type { Kind, KubeObject, Objects } from '../../shared/kubernetes.ts'
import type { SyncReport } from '../../shared/sync-report.ts'
import type { Store } from './apiserver/store.ts'
import type { Hand } from './players/hand.ts'
import type { Life } from './players/kubelet.ts'

/** The world as a scenario's conditions see it. */
export interface Look {
  readonly read: <K extends Kind>(kind: K, name: string) => Objects[K] | undefined
  readonly all: <K extends Kind>(kind: K) => readonly Objects[K][]
  readonly store: Store
  /** What clocks show, in milliseconds since 1970. */
  readonly wall: () => number
  /** The latest that they have ever shown: what was due then is owed, also where they were put back since. */
  readonly latestWall: () => number
  /** Sessions that were ended, by their titles. */
  readonly aborted: readonly string[]
  /** What agents were told, each by the id of its question and the verdict. */
  readonly told: readonly string[]
}

/** What a person does once, as soon as `when` holds. Steps happen in their order. */
export interface Step {
  readonly name: string
  readonly when: (look: Look) => boolean
  readonly act: (hand: Hand) => void
  /** Whether a person might also do it now, without waiting for `when`. */
  readonly mayHaste?: (look: Look) => boolean
  /** Seconds between the moment and the act. */
  readonly afterSeconds?: number
  /** Every process of the controller is frozen for so long when this is done. */
  readonly outageSeconds?: (look: Look) => number
}

export interface Scenario {
  readonly name: string
  /** What people apply first, in this order. */
  readonly objects: readonly KubeObject[]
  readonly people?: readonly Step[]
  /** What becomes of a Task's Pod. */
  readonly lifeOf?: (pod: Pod) => Life
  /** When it begins, where that matters: `2026-06-01T12:00:00Z` is where nobody says. */
  readonly startAt?: string
  /** What the sidecars of an Agent say of the repository they follow. */
  readonly syncReport?: (look: Look) => SyncReport | undefined
  /** The desired end. */
  readonly isDone: (look: Look) => boolean
  /** Its share of a campaign beside others, where one of its runs takes as long as many; 1 where not said. */
  readonly weight?: number
  /** How many processes play it at once, one run after the other, without any fault: where one run is long. */
  readonly races?: readonly number[]
  /** The Agents' servers do not answer when they are asked for sessions. */
  readonly isServerSilent?: boolean
}
