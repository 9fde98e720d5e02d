import type { Caller } from '../apiserver.ts'
import { Problem } from '../problem.ts'

export interface RateOptions {
  /** Requests a second of one caller in the long run, and at once. */
  readonly perSecond: number
  readonly burst: number
  /** Callers that are remembered; of the others all share one budget. */
  readonly mostCallers: number
  /** Requests of one caller that may be under way at once: each holds an answer in memory. */
  readonly mostAtOnce: number
  /** Streams and terminals that one caller may have open. */
  readonly mostStreams: number
}

export const usualRate: RateOptions = {
  perSecond: 50,
  burst: 200,
  mostCallers: 10_000,
  mostAtOnce: 20,
  mostStreams: 200,
}

interface Bucket {
  left: number
  at: number
}

const keyOf = async (caller: Caller): Promise<string> => {
  if (caller.kind === 'local') return 'local'
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(caller.token))
  return btoa(String.fromCharCode(...new Uint8Array(hash)))
}

/** Counts by caller; `take` gives what to call when it is over. Throws Problem 429 where there are `most` already. */
const createCount = (most: number, message: string) => {
  const counts = new Map<string, number>()
  return {
    take: (key: string): (() => void) => {
      const taken = counts.get(key) ?? 0
      if (taken >= most) throw new Problem(429, 'TooManyRequests', message, { retryAfterSeconds: 1 })
      counts.set(key, taken + 1)
      let isOver = false
      return () => {
        if (isOver) return
        isOver = true
        const left = (counts.get(key) ?? 1) - 1
        if (left > 0) counts.set(key, left)
        else counts.delete(key)
      }
    },
  }
}

/**
 * Who was let in by the apiserver has a budget of their own. All others share one, so that guessing is slow however many
 * tokens are tried, and takes nothing from those who are known. Memory is bounded by `mostCallers`.
 */
export const createRate = (
  now: () => number,
  { perSecond, burst, mostCallers, mostAtOnce, mostStreams }: RateOptions = usualRate,
) => {
  const known = new Map<string, Bucket>()
  const streams = createCount(mostStreams, `you have ${mostStreams} streams open already; close some of them`)
  const requests = createCount(
    mostAtOnce,
    `${mostAtOnce} requests of yours are under way already; wait for one of them`,
  )
  const strangers: Bucket = { left: burst, at: now() }

  const spend = (bucket: Bucket): void => {
    const time = now()
    bucket.left = Math.min(burst, bucket.left + ((time - bucket.at) / 1000) * perSecond)
    bucket.at = time
    if (bucket.left < 1)
      throw new Problem(429, 'TooManyRequests', `more than ${perSecond} requests a second; try again in a moment`, {
        retryAfterSeconds: 1,
      })
    bucket.left -= 1
  }

  return {
    /** Counts a stream as open until what it gives is called. Throws Problem 429 when the caller has too many. */
    hold: async (caller: Caller): Promise<() => void> => streams.take(await keyOf(caller)),
    /** The same for a request under way. */
    begin: async (caller: Caller | undefined): Promise<() => void> =>
      caller ? requests.take(await keyOf(caller)) : () => {},
    /** Throws Problem 429 when the budget is spent. Gives what to call once the apiserver let this caller in. */
    admit: async (caller: Caller | undefined): Promise<() => void> => {
      const key = caller && (await keyOf(caller))
      const own = key === undefined ? undefined : known.get(key)
      spend(own ?? strangers)
      return () => {
        if (key === undefined) return
        const bucket = known.get(key) ?? { left: burst - 1, at: now() }
        // The most recent last, so that the first is the one to forget.
        known.delete(key)
        known.set(key, bucket)
        const [oldest] = known.keys()
        if (known.size > mostCallers && oldest !== undefined) known.delete(oldest)
      }
    },
  }
}
export type Rate = ReturnType<typeof createRate>
