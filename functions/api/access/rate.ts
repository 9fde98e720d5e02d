import type { Caller } from '../apiserver.ts'
import { Problem } from '../problem.ts'

export interface RateOptions {
  /** Requests a second of one caller in the long run, and at once. */
  readonly perSecond: number
  readonly burst: number
  /** Callers that are remembered; of the others all share one budget. */
  readonly mostCallers: number
  /** Streams and terminals that one caller may have open. */
  readonly mostStreams: number
}

export const usualRate: RateOptions = { perSecond: 50, burst: 200, mostCallers: 10_000, mostStreams: 200 }

interface Bucket {
  left: number
  at: number
}

const keyOf = async (caller: Caller): Promise<string> => {
  if (caller.kind === 'local') return 'local'
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(caller.token))
  return btoa(String.fromCharCode(...new Uint8Array(hash)))
}

/**
 * Who was let in by the apiserver has a budget of their own. All others share one, so that guessing is slow however many
 * tokens are tried, and takes nothing from those who are known. Memory is bounded by `mostCallers`.
 */
export const createRate = (
  now: () => number,
  { perSecond, burst, mostCallers, mostStreams }: RateOptions = usualRate,
) => {
  const known = new Map<string, Bucket>()
  const streams = new Map<string, number>()
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
    hold: async (caller: Caller): Promise<() => void> => {
      const key = await keyOf(caller)
      const open = streams.get(key) ?? 0
      if (open >= mostStreams)
        throw new Problem(429, 'TooManyRequests', `you have ${open} streams open already; close some of them`, {
          retryAfterSeconds: 10,
        })
      streams.set(key, open + 1)
      let isOpen = true
      return () => {
        if (!isOpen) return
        isOpen = false
        const left = (streams.get(key) ?? 1) - 1
        if (left > 0) streams.set(key, left)
        else streams.delete(key)
      }
    },
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
