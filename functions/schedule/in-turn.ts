import { sentenceOf } from '../../shared/errors.ts'

/** Does `step` for each, also where another has failed; then it throws what failed. */
export const inTurn = async <T>(items: readonly T[], step: (item: T) => Promise<void>): Promise<void> => {
  const failures: unknown[] = []
  for (const item of items) {
    try {
      await step(item)
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length === 1) throw failures[0]
  if (failures.length > 1) throw new AggregateError(failures, failures.map(sentenceOf).join('; '))
}
