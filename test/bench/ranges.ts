import type { Line } from './table.ts'

/**
 * What a value was on the day it was recorded, over some rounds, and the most it may be since: the mean and a fifth, or twice the
 * spread where that is more, as with what depends on how many Tasks are met in one turn.
 */
export interface Range {
  readonly mean: number
  readonly spread: number
  readonly limit: number
}

export type Ranges = Readonly<Record<string, Range>>

/** Requests depend on the code; times depend on the machine too, and are compared by a person. */
const isCount = ({ id, what, unit }: Line): boolean =>
  (id === 'M10' || id === 'quiet') && unit === '' && !what.includes('409')

const rounded = (value: number): number => Number(value.toFixed(2))

const nameOf = ({ id, what }: Line): string => `${id} ${what}`

export const rangesOf = (lines: readonly Line[]): Ranges =>
  Object.fromEntries(
    lines.filter(isCount).map((line) => {
      const mean = line.values.reduce((sum, value) => sum + value, 0) / line.values.length
      const spread = Math.max(...line.values) - Math.min(...line.values)
      return [
        nameOf(line),
        { mean: rounded(mean), spread: rounded(spread), limit: rounded(Math.max(mean * 1.2, mean + 2 * spread)) },
      ]
    }),
  )

/** A sentence for each line above its limit, and for each that has none. */
export const beyond = (lines: readonly Line[], ranges: Ranges): string[] =>
  lines.filter(isCount).flatMap((line) => {
    const range = ranges[nameOf(line)]
    if (!range) return [`${nameOf(line)} has no range; record it with npm run bench -- --only M10,quiet --record`]
    const { median } = line
    return median > range.limit
      ? [`${nameOf(line)} is ${rounded(median)}, above ${range.limit} (it was ${range.mean})`]
      : []
  })
