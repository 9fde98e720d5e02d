import { RetryableError } from '../../../shared/errors.ts'
import type { Apiserver } from '../apiserver.ts'
import { granted, Problem, problemOf } from '../problem.ts'
import type { ServerEvent } from '../streams/events.ts'
import { linesOf } from '../streams/lines.ts'
import { pause } from '../streams/pause.ts'
import type { Position } from './position.ts'
import { placed, positionText } from './position.ts'

export interface LogReading {
  readonly apiserver: Apiserver
  /** Path of the Pod at the apiserver. */
  readonly pod: string
  readonly container: string
  /** Whether to wait for lines to come. */
  readonly follow: boolean
  readonly from: Position | undefined
  readonly tailLines: number | undefined
  readonly signal: AbortSignal
  /** Whether the container may still say something. */
  readonly isAtWork: () => Promise<boolean>
  /** Told why no more of the log can be had, where it is gone for good. */
  readonly lost: (why: string) => void
}

/** Looks at a log that cannot be read, one after the other, before its reader is told to come back. */
const mostFailures = 6
const firstPauseMs = 500
const longestPauseMs = 8_000

/** Between two looks at a container whose log has ended and of which the apiserver has not heard the end yet. */
const againMs = 500

/** A connection that was open for so long has worked. */
const livedMs = 5_000

/** Why the log could not be read just now; throws what is no matter of the moment. */
const passing = (error: unknown): string => {
  if (error instanceof RetryableError) return error.message
  if (error instanceof Problem && (error.code >= 500 || error.code === 429)) return error.message
  // A body that breaks off is an error of the runtime's own.
  if (error instanceof Problem) throw error
  return 'the connection broke off'
}

/** What is still to be read, from the last line that was given. */
const optionsOf = ({ container, follow, from, tailLines }: LogReading, after: Position | undefined) => {
  const options = new URLSearchParams({ container, timestamps: 'true' })
  if (follow) options.set('follow', 'true')
  if (after) options.set('sinceTime', after.time.replace(/\.\d+/, ''))
  else if (tailLines !== undefined && !from) options.set('tailLines', String(tailLines))
  return options
}

/**
 * The lines of one container to their end. A log that cannot be read for a moment is gone on with after the last line, and
 * its reader is told; one that stays away is a Problem, from which a client comes back with the last id. It is never taken
 * for one that has ended.
 */
export async function* containerLog(reading: LogReading): AsyncGenerator<ServerEvent> {
  const { apiserver, pod, container, follow, from, signal, isAtWork, lost } = reading
  let after = from?.container === container ? from : undefined
  let failures = 0
  for (;;) {
    const begun = performance.now()
    try {
      const response = await apiserver({
        path: `${pod}/log?${optionsOf(reading, after)}`,
        // The apiserver sends plain text, and an error as JSON.
        headers: { accept: '*/*' },
        isStream: true,
        signal,
      })
      // The Pod went, or the container's files did: what was said is said, and the rest is lost.
      if (response.status === 404 || response.status === 400) {
        lost((await problemOf(response)).message)
        return
      }
      await granted(response)
      for await (const { position, text } of placed(linesOf(response.body), container, after)) {
        after = position
        failures = 0
        yield { event: 'log', id: positionText(position), data: { container, time: position.time, line: text } }
      }
      // A kubelet that is stopped ends a log as a program does that has ended.
      if (!follow || !(await isAtWork())) return
      await pause(againMs, signal)
      signal.throwIfAborted()
    } catch (error) {
      signal.throwIfAborted()
      const why = passing(error)
      // A container may have nothing to say for longer than a proxy leaves a connection open.
      failures = performance.now() - begun > livedMs ? 1 : failures + 1
      if (failures > mostFailures)
        throw new Problem(
          503,
          'ServiceUnavailable',
          `the log of container ${container} cannot be read: ${why}; come back with the last id to go on`,
          { retryAfterSeconds: longestPauseMs / 1000, cause: error },
        )
      yield {
        event: 'interrupted',
        data: {
          container,
          message: `the log of container ${container} cannot be read just now: ${why}; it is tried again`,
        },
      }
      await pause(Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs), signal)
      signal.throwIfAborted()
    }
  }
}
