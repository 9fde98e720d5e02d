/**
 * What a run leaves behind for the Task's status: a JSON document in the container's termination message, which the
 * kubelet copies into the Pod's status.
 */
import { list, number, parseJson, record, text } from './json.ts'

export type TokenUsage = {
  readonly input: number
  readonly output: number
  readonly reasoning: number
  /** Tokens read from and written to the provider's cache. */
  readonly cache: number
}

export type SessionSummary = {
  readonly id: string
  readonly title: string
  readonly messageCount: number
  readonly tokenUsage: TokenUsage
  /** US dollars as a decimal string, such as `0.0621`. */
  readonly cost: string
  readonly filesChanged: number
  readonly additions: number
  readonly deletions: number
}

export type RunSummary = {
  /** Absent when the run ended before it had a session. */
  readonly session?: SessionSummary
  /** When the session was made and when it came to rest, in milliseconds since 1970. */
  readonly time?: { readonly began: number; readonly ended: number }
  /** One sentence; absent when the run succeeded. */
  readonly error?: string
}

// https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/: more is cut off by the kubelet.
const maxBytes = 4096

const bytes = (value: string): number => new TextEncoder().encode(value).length

/** Up to `max` characters, cut between characters and marked as cut. */
export const shorten = (value: string, max: number): string =>
  value.length <= max ? value : `${value.slice(0, Math.max(0, max - 1)).replace(/[\uD800-\uDBFF]$/, '')}…`

/** Dollars without the noise of binary fractions: at most six decimals, no trailing zeros. */
export const decimal = (dollars: number): string => dollars.toFixed(6).replace(/\.?0+$/, '')

/** The summary as JSON that fits a termination message; the error is shortened where it must be. */
export const formatRunSummary = (summary: RunSummary): string => {
  const title = summary.session && { ...summary.session, title: shorten(summary.session.title, 300) }
  const limited = { ...summary, ...(title && { session: title }) }
  for (let max = 3000; max > 0; max -= 250) {
    const json = JSON.stringify({
      ...limited,
      ...(summary.error !== undefined && { error: shorten(summary.error, max) }),
    })
    if (bytes(json) <= maxBytes) return json
  }
  return JSON.stringify({ error: 'The summary of the run is too long to be kept.' })
}

/** Reads a termination message; undefined when it was not written by the runner. Throws nothing. */
export const parseRunSummary = (message: string): RunSummary | undefined => {
  const parsed = parseJson(message)
  if (typeof parsed !== 'object' || parsed === null || list(parsed).length > 0) return undefined
  const { session, time, error } = record(parsed)
  const { id, title, messageCount, tokenUsage, cost, filesChanged, additions, deletions } = record(session)
  const usage = record(tokenUsage)
  const [began, ended] = [number(record(time)['began']), number(record(time)['ended'])]
  const sentence = text(error)
  if (text(id) === undefined && sentence === undefined) return undefined
  return {
    ...(text(id) !== undefined && {
      session: {
        id: text(id) ?? '',
        title: text(title) ?? '',
        messageCount: number(messageCount),
        tokenUsage: {
          input: number(usage['input']),
          output: number(usage['output']),
          reasoning: number(usage['reasoning']),
          cache: number(usage['cache']),
        },
        cost: /^\d+(\.\d+)?$/.test(text(cost) ?? '') ? (text(cost) ?? '0') : '0',
        filesChanged: number(filesChanged),
        additions: number(additions),
        deletions: number(deletions),
      },
    }),
    ...(began > 0 && ended >= began && { time: { began, ended } }),
    ...(sentence !== undefined && { error: sentence }),
  }
}
