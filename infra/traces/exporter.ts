import { codeOf } from '../../shared/errors.ts'
import type { Clock, Log, Traces } from '../../shared/ports.ts'
import type { Span } from '../../shared/span.ts'
import type { TracesTo } from './environment.ts'
import { exportRequest } from './otlp.ts'

export interface ExporterOptions {
  readonly to: TracesTo
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  readonly clock: Clock
  readonly log: Log
  /** Told of spans that were taken by the collector, and of those that never will be. */
  readonly count?: (outcome: 'sent' | 'lost', spans: number) => void
  /**
   * Spans are sent by themselves so long after the first of them came. Without it only `flush` sends, for runtimes that
   * freeze between two calls.
   */
  readonly soonMs?: number | undefined
  /** One that outlives the exporter, where that does not outlive a call. */
  readonly standing?: Standing
}

/** What is remembered of the collector, so that an outage is told when it begins and when it is over. */
export interface Standing {
  isFailing?: boolean
  lastFailure?: number
  lost?: number
}

export interface Exporter extends Traces {
  /** Sends what is there. Never rejects, and takes no longer than `withinMs`; what is left then stays for the next time. */
  flush(withinMs: number): Promise<void>
  /** The same, and then gives up what is left. */
  close(withinMs: number): Promise<void>
}

const mostQueued = 2048
const mostInBatch = 512
/** With their waits these are four minutes: a collector may be restarted meanwhile. */
const tries = 10
const firstRetryMs = 1_000
const longestRetryMs = 60_000
const answerMs = 5_000
/** A collector that comes and goes within this time is still failing. */
const settledMs = 10_000
/** An answer that is longer than this says nothing that is read here. */
const longestAnswer = 4096

/** https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const retryable = new Set([429, 502, 503, 504])

/** What became of a batch: taken but for `refused` spans, or not now, or never. */
type Answer =
  | { readonly state: 'taken'; readonly refused: number }
  | { readonly state: 'again'; readonly why: string; readonly wishMs?: number }
  | { readonly state: 'never'; readonly why: string }

const wishOf = (header: string | null, now: Date): number | undefined => {
  if (header === null) return undefined
  const wish = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now.getTime()
  return Number.isNaN(wish) ? undefined : Math.max(0, wish)
}

const refusedIn = async (response: Response): Promise<number> => {
  const length = Number(response.headers.get('content-length') ?? Number.NaN)
  if (!(length <= longestAnswer)) {
    await response.body?.cancel()
    return 0
  }
  const { partialSuccess } = JSON.parse(await response.text()) as { partialSuccess?: { rejectedSpans?: unknown } }
  return Math.max(0, Number(partialSuccess?.rejectedSpans ?? 0)) || 0
}

/**
 * Brings spans to a collector by OTLP over HTTP, as JSON, in batches. What it cannot bring it keeps, up to a bound, tries a
 * bounded number of times, and then counts as lost: nobody ever waits for it, and nothing fails by it.
 */
export const createExporter = (options: ExporterOptions): Exporter => {
  const { to, fetch, clock, log, count, soonMs, standing = {} } = options
  const waiting: Span[] = []
  let failures = 0
  let notBefore = 0
  let isScheduled = false
  let sending: Promise<void> | undefined

  const failing = (why: string): void => {
    standing.lastFailure = clock.now().getTime()
    if (!standing.isFailing) log.warn('the collector does not take spans: some may be lost', { error: why })
    standing.isFailing = true
  }

  const lose = (spans: number, why: string): void => {
    failing(why)
    count?.('lost', spans)
    standing.lost = (standing.lost ?? 0) + spans
  }

  const sent = (spans: number): void => {
    count?.('sent', spans)
    const { isFailing, lastFailure = 0, lost = 0 } = standing
    if (!isFailing || clock.now().getTime() - lastFailure < settledMs) return
    log.info('the collector takes spans again', { lost })
    standing.isFailing = false
    standing.lost = 0
  }

  const ask = async (batch: readonly Span[], withinMs: number): Promise<Answer> => {
    try {
      const response = await fetch(to.url, {
        method: 'POST',
        headers: { ...to.headers, 'content-type': 'application/json' },
        body: JSON.stringify(exportRequest(batch, to.resource)),
        redirect: 'manual',
        signal: AbortSignal.timeout(Math.max(1, Math.min(answerMs, withinMs))),
      })
      const { ok, status } = response
      if (ok) return { state: 'taken', refused: await refusedIn(response).catch(() => 0) }
      await response.body?.cancel()
      const why = `it answered ${status}`
      if (!retryable.has(status)) return { state: 'never', why }
      const wishMs = wishOf(response.headers.get('retry-after'), clock.now())
      return { state: 'again', why, ...(wishMs !== undefined && { wishMs }) }
    } catch (error) {
      // No more than the code: the text may hold the address or a header.
      return { state: 'again', why: codeOf(error) ?? 'no answer' }
    }
  }

  const sendBatch = async (withinMs: number): Promise<void> => {
    const batch = waiting.slice(0, mostInBatch)
    const answer = await ask(batch, withinMs)
    if (answer.state === 'again' && failures + 1 < tries) {
      const waitMs = Math.max(answer.wishMs ?? 0, firstRetryMs * 2 ** failures)
      failures += 1
      failing(answer.why)
      notBefore = clock.now().getTime() + Math.min(waitMs, longestRetryMs)
      return
    }
    failures = 0
    notBefore = 0
    waiting.splice(0, batch.length)
    if (answer.state !== 'taken') return lose(batch.length, answer.why)
    const refused = Math.min(answer.refused, batch.length)
    if (refused > 0) lose(refused, 'it refused some of them')
    if (refused < batch.length) sent(batch.length - refused)
  }

  /** One request at a time: two would bring the same spans. */
  const send = (withinMs: number): Promise<void> =>
    (sending ??= sendBatch(withinMs).finally(() => {
      sending = undefined
    }))

  const pauseMs = (): number => Math.max(0, notBefore - clock.now().getTime())

  const pause = async (): Promise<void> => {
    if (pauseMs() > 0) await clock.sleep(pauseMs())
  }

  const sendSoon = async (afterMs: number): Promise<void> => {
    await clock.sleep(afterMs)
    while (waiting.length > 0) {
      await pause()
      await send(answerMs)
    }
    isScheduled = false
  }

  const drain = async (deadline: number): Promise<void> => {
    for (;;) {
      const left = deadline - clock.now().getTime()
      if (waiting.length === 0 || pauseMs() >= left) return
      await pause()
      await send(left)
    }
  }

  const flush = async (withinMs: number): Promise<void> => {
    if (waiting.length > 0) await Promise.race([drain(clock.now().getTime() + withinMs), clock.sleep(withinMs)])
  }

  return {
    take: (span) => {
      if (waiting.length >= mostQueued) return lose(1, 'it takes them slower than they come')
      waiting.push(span)
      if (soonMs === undefined || isScheduled) return undefined
      isScheduled = true
      void sendSoon(soonMs)
      return undefined
    },
    flush,
    close: async (withinMs) => {
      await flush(withinMs)
      const left = waiting.splice(0).length
      if (left > 0) lose(left, 'there was no time to send them')
    },
  }
}
