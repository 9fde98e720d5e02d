import { UnreachableError } from '../../shared/errors.ts'
import type { ClusterReader } from '../../shared/ports.ts'

/** Twice what a review waits for all of its reads. */
const lateMs = 1_000

/** So long nobody is asked who did not answer the last time. */
const pauseMs = 10_000

/**
 * A reader for those who cannot wait: after a read that reached nobody the next ones fail at once, until it is time to
 * try again. Admission then answers without what it would have read, and is not late for each review.
 */
export const impatient = (reader: ClusterReader, now: () => number): ClusterReader => {
  let failedAt: number | undefined
  return {
    ...reader,
    get: async (ref) => {
      if (failedAt !== undefined && now() - failedAt < pauseMs)
        throw new UnreachableError('the apiserver did not answer a moment ago and is not asked again yet')
      const late = setTimeout(() => (failedAt = now()), lateMs)
      try {
        const found = await reader.get(ref)
        failedAt = undefined
        return found
      } catch (error) {
        if (error instanceof UnreachableError) failedAt = now()
        throw error
      } finally {
        clearTimeout(late)
      }
    },
  }
}
