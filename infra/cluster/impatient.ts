import { UnreachableError } from '../../shared/errors.ts'
import type { ClusterReader } from '../../shared/ports.ts'
import type { Outage } from '../outage.ts'

/** Twice what a review waits for all of its reads. */
const lateMs = 1_000

/** So long nobody is asked who did not answer the last time. */
const pauseMs = 10_000

/** When a read reached nobody, in the milliseconds of `now`; absent where the last one did. */
export interface Patience {
  failedAt?: number | undefined
}

export interface ImpatientOptions {
  readonly patience?: Patience
  readonly outage?: Outage
}

/**
 * A reader for those who cannot wait: after a read that reached nobody the next ones fail at once, until it is time to
 * try again. Admission then answers without what it would have read, and is not late for each review.
 */
export const impatient = (
  reader: ClusterReader,
  now: () => number,
  { patience = {}, outage }: ImpatientOptions = {},
): ClusterReader => ({
  ...reader,
  get: async (ref) => {
    const { failedAt } = patience
    if (failedAt !== undefined && now() - failedAt < pauseMs)
      throw new UnreachableError('the apiserver did not answer a moment ago and is not asked again yet')
    const late = setTimeout(() => (patience.failedAt = now()), lateMs)
    try {
      const found = await reader.get(ref)
      patience.failedAt = undefined
      outage?.worked()
      return found
    } catch (error) {
      if (error instanceof UnreachableError) {
        patience.failedAt = now()
        outage?.failed(error)
      }
      throw error
    } finally {
      clearTimeout(late)
    }
  },
})
