import { timestamp } from '../../shared/conditions.ts'
import type { Hint, Key } from '../../shared/hint.ts'
import type { ClusterReader } from '../../shared/ports.ts'

/** The time that one tick answers for. */
export interface Stretch {
  readonly now: Date
  /** When the next tick comes. What is due before that is asked for now, for its own moment. */
  readonly until: Date
  /** For how many minutes before `now` is asked what an earlier tick did not live to ask for. */
  readonly lookBackMinutes: number
}

/**
 * Hints for objects of one kind that time alone makes due in `stretch`, some at a time. It asks for them by what the
 * apiserver indexes, so that a tick costs what is due and not what there is.
 */
export type Due = (reader: ClusterReader, stretch: Stretch) => AsyncIterable<readonly Hint[]>

const MINUTE = 60_000

/** Sweeps come every five minutes and find what is older. */
const longestLookBackMinutes = 5

/**
 * The stretch of a tick at `now` where ticks come every `everySeconds`. Each looks back a minute; the first one of each
 * minute looks back to the last sweep, for what was written late by somebody who did not live to serve it.
 */
export const stretchOf = (now: Date, everySeconds: number): Stretch => {
  const isFirstOfMinute = now.getTime() % MINUTE < everySeconds * 1000
  return {
    now,
    until: new Date(now.getTime() + everySeconds * 1000),
    lookBackMinutes: isFirstOfMinute ? longestLookBackMinutes : 1,
  }
}

/** Not before 1970: somebody may name more seconds than there are dates. */
export const earlier = (at: Date, seconds: number): Date => new Date(Math.max(0, at.getTime() - seconds * 1000))

/** The minute that `at` lies in, as a field that is selected by equality has it. */
export const minuteOf = (at: Date): string => timestamp(new Date(Math.floor(at.getTime() / MINUTE) * MINUTE))

/** The minute of `at` and those before it, the latest first. */
export const minutesBefore = (at: Date, count = longestLookBackMinutes): string[] =>
  Array.from({ length: count + 1 }, (_, index) => minuteOf(earlier(at, index * 60)))

/** The minutes of a stretch, the latest first. */
export const minutesOf = ({ now, until, lookBackMinutes }: Stretch): string[] => [
  ...new Set([minuteOf(until), ...minutesBefore(now, lookBackMinutes)]),
]

/** A hint for `key` at the moment it is due, in milliseconds since 1970; none where that is after the stretch. */
export const hintAt = (key: Key, at: number, { now, until }: Stretch): readonly Hint[] => {
  if (!(at <= until.getTime())) return []
  return at <= now.getTime() ? [{ key }] : [{ key, afterSeconds: (at - now.getTime()) / 1000 }]
}
