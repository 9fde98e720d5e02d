import { RetryableError } from '../../shared/errors.ts'

/**
 * When a message comes back that failed for the `attempts`th time: after 2, 4, 8, … seconds, or when the apiserver asked for it, and
 * within `longestSeconds` in any case.
 */
export const retrySeconds = (error: unknown, attempts: number, longestSeconds: number): number => {
  const wish = error instanceof RetryableError ? (error.retryAfterSeconds ?? 0) : 0
  return Math.min(longestSeconds, Math.max(2 ** attempts, Math.ceil(wish)))
}
