/** The smallest value that `percent` of all values do not exceed (nearest rank). Throws on an empty list. */
export const percentile = (values: readonly number[], percent: number): number => {
  const sorted = values.toSorted((one, other) => one - other)
  const value = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]
  if (value === undefined) throw new Error('nothing was measured, so there is no percentile of it')
  return value
}

/** Between the two middle values where their number is even. Throws on an empty list. */
export const median = (values: readonly number[]): number => {
  const negated = values.map((value) => -value)
  return (percentile(values, 50) - percentile(negated, 50)) / 2
}

/** Pairs that stand the wrong way round in `order`; 0 where it only rises. */
export const inversions = <T>(order: readonly T[], compare: (one: T, other: T) => number): number =>
  order.reduce(
    (count, one, index) => count + order.slice(index + 1).filter((later) => compare(one, later) > 0).length,
    0,
  )

/** Milliseconds for each of `count`, from seconds before and after; undefined where the system does not tell. */
export const millisecondsEach = (
  before: number | undefined,
  after: number | undefined,
  count: number,
): number | undefined => (before === undefined || after === undefined ? undefined : ((after - before) * 1000) / count)
