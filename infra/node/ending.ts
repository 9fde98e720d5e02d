import { sentenceOf } from '../../shared/errors.ts'
import type { Log } from '../../shared/ports.ts'

type Close = () => unknown

/** What the end of a process needs of it. */
type Process = Pick<NodeJS.Process, 'exit'> & {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
}

export interface Ending {
  /** Names how something is closed again, before it is opened; the last one named is closed first. */
  readonly closing: (close: Close) => void
  /** Closes everything, one after the other, and exits. */
  readonly end: (exitCode: number) => Promise<void>
}

/**
 * Ends the process in order on SIGTERM and SIGINT, and at once on a second one. Made before all else: the first process
 * of a container that listens to no signal gets none, and is killed only after the whole grace period.
 */
export const createEnding = (log: Log, own: Process = process): Ending => {
  const closes: Close[] = []
  let isEnding = false
  const end = async (exitCode: number): Promise<void> => {
    isEnding = true
    for (const close of closes.toReversed()) {
      try {
        await close()
      } catch (error) {
        log.warn('while ending', { error: sentenceOf(error) })
      }
    }
    own.exit(exitCode)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    own.on(signal, () => {
      if (isEnding) own.exit(1)
      else void end(0)
    })
  return { closing: (close) => void closes.push(close), end }
}
