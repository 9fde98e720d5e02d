export interface ServerClock {
  /** Told the Date header of each answer. */
  readonly hear: (date: string | null) => void
  /** What the server's clock shows, as far as it was heard; our own time before. */
  readonly now: () => Date
}

/**
 * The time as a server has it, which it says in the Date header of its answers (RFC 9110, section 6.6.1; whole seconds). For
 * what is compared with other times of a cluster and would be wrong by as much as a person's own clock is.
 */
export const createServerClock = (own: () => Date): ServerClock => {
  let aheadMs = 0
  return {
    hear: (date) => {
      const time = Date.parse(date ?? '')
      if (!Number.isNaN(time)) aheadMs = time - own().getTime()
    },
    now: () => new Date(own().getTime() + aheadMs),
  }
}
