import { slicesOf } from '../../shared/slices.ts'

/**
 * Gathers what is given in one turn of the event loop and hands it on, at most `most` at a time. Each caller hears of its
 * own: `send` gives the error of each item, or undefined where it went well; what it throws is the error of all.
 */
export const inBatches = <T>(
  most: number,
  send: (batch: readonly T[]) => Promise<readonly (Error | undefined)[]>,
): ((item: T) => Promise<void>) => {
  interface Waiting {
    readonly item: T
    readonly resolve: () => void
    readonly reject: (error: unknown) => void
  }
  let gathered: Waiting[] = []

  const flush = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      const errors = await send(batch.map(({ item }) => item))
      for (const [index, { resolve, reject }] of batch.entries()) {
        const error = errors[index]
        if (error === undefined) resolve()
        else reject(error)
      }
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      gathered.push({ item, resolve, reject })
      if (gathered.length > 1) return
      queueMicrotask(() => {
        const all = gathered
        gathered = []
        for (const batch of slicesOf(all, most)) void flush(batch)
      })
    })
}
