/** What a value must not exceed or fall short of. `always` judges the worst round, else the median does. */
export interface Goal {
  readonly atMost?: number
  readonly atLeast?: number
  readonly always?: boolean
}

/** One value of one round. Rows of the same `id` and `what` in all rounds become one line of the table. */
export interface Row {
  /** As in the list of measurements: M1, M2 … */
  readonly id: string
  readonly what: string
  readonly unit: string
  readonly value: number
  readonly goal?: Goal
}

/** One measurement: what it saw in one round. */
export interface Result {
  readonly rows: readonly Row[]
  /** Requests of the functions by verb and resource, for the JSON and for whoever wants to know why. */
  readonly requests?: Readonly<Record<string, readonly (readonly [string, number])[]>>
}
