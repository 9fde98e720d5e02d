import type { Key } from '../../shared/hint.ts'
import type { ClusterReader } from '../../shared/ports.ts'
import { timestamp } from '../../shared/conditions.ts'

/**
 * Keys of one kind that time alone makes due at `now`, some at a time. It asks for them by what the apiserver indexes, so that
 * a tick costs what is due and not what there is.
 */
export type Due = (reader: ClusterReader, now: Date) => AsyncIterable<readonly Key[]>

const MINUTE = 60_000

/**
 * How many minutes a tick looks back for what an earlier one did not live to ask for. Ticks come every few seconds and
 * sweeps, which find what is older still, every few minutes.
 */
const lookBackMinutes = 10

export const earlier = (at: Date, seconds: number): Date => new Date(at.getTime() - seconds * 1000)

/** The minute that `at` lies in, as a field that is selected by equality has it. */
export const minuteOf = (at: Date): string => timestamp(new Date(Math.floor(at.getTime() / MINUTE) * MINUTE))

/** The minute of `at` and those before it, the latest first. */
export const minutesBefore = (at: Date, count = lookBackMinutes): string[] =>
  Array.from({ length: count + 1 }, (_, index) => minuteOf(earlier(at, index * 60)))
