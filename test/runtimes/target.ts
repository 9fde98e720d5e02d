/** How the clouds misbehave, as shares from 0 to 1. */
export interface Faults {
  /** Of the events that the bus refuses, and says so. */
  readonly refused: number
  /** Of the events that are taken and never seen again. */
  readonly lost: number
  readonly doubled: number
  /** Of the events that come up to a second late, and so after those that were sent later. */
  readonly late: number
}

export const noFaults: Faults = { refused: 0, lost: 0, doubled: 0, late: 0 }

/** How often the function that judges was called, and the one that reads the queue. */
export interface Invocations {
  readonly webhooks: number
  readonly queue: number
}

/** A runtime with the functions in it, which an apiserver calls. */
export interface Target {
  /** Who the functions are to the apiserver. */
  readonly user: string
  readonly misbehave: (faults: Faults) => Promise<void>
  /** How many events were given to the queue; a process of its own has none. */
  readonly events?: () => Promise<number>
  /** How often its functions were called; a process of its own is not called. */
  readonly invocations?: () => Promise<Invocations>
  /** Whether tick and sweep come every few seconds, which they do at first. */
  readonly schedule: (isOn: boolean) => Promise<void>
  /** How many events nobody could serve. */
  readonly dead: () => Promise<number>
  /** Stops what is under way, at once or before its next write, as runtimes do with what they do not call. */
  readonly freeze: () => Promise<void>
  readonly thaw: () => Promise<void>
  readonly close: () => Promise<void>
}
