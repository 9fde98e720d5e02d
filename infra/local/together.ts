/**
 * Waits until all work has ended, then throws the first failure if there is one. Unlike with Promise.all nothing is
 * still being started when the failure is seen, so that what was started can be removed.
 */
export const together = async (...work: readonly Promise<unknown>[]): Promise<void> => {
  const results = await Promise.allSettled(work)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}
