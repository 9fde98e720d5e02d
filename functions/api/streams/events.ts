import { bodyOf, Problem } from '../problem.ts'

/** One server-sent event, https://html.spec.whatwg.org/multipage/server-sent-events.html */
export interface ServerEvent {
  readonly event: string
  readonly data: unknown
  /** What a client sends as Last-Event-ID when it comes again. */
  readonly id?: string
}

const encode = ({ event, data, id }: ServerEvent): string =>
  `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`

/** Proxies close what is silent. */
const heartbeatMs = 15_000
const heartbeat = ': still here\n\n'

export interface StreamOptions {
  /** Whether the caller may still see this; asked every few seconds while the stream is open. */
  readonly isStillAllowed: () => Promise<boolean>
  /** Called once, when the stream has ended in whatever way. */
  readonly onEnd: () => void
  readonly heartbeatMs?: number
  readonly checkMs?: number
}

/** A token is believed by the apiserver for ten seconds after its end; with this a stream is closed within 15. */
const usualCheckMs = 4_000

/** Not `error`, which is what an EventSource calls the loss of its connection. */
const failureOf = (error: unknown): ServerEvent => {
  const problem =
    error instanceof Problem ? error : new Problem(503, 'ServiceUnavailable', 'the stream was cut; ask again')
  return { event: 'problem', data: bodyOf(problem) }
}

/**
 * Events as an answer that goes on until the source ends, the client leaves, or its rights end. The source is asked for
 * more only as fast as the client reads. `source` gets the signal that ends it.
 */
export const eventStream = (
  source: (signal: AbortSignal) => AsyncIterable<ServerEvent>,
  { isStillAllowed, onEnd, heartbeatMs: beat = heartbeatMs, checkMs = usualCheckMs }: StreamOptions,
): Response => {
  const ending = new AbortController()
  const encoder = new TextEncoder()
  const events = source(ending.signal)[Symbol.asyncIterator]()
  const timers: ReturnType<typeof setInterval>[] = []
  let isOpen = true
  let isChecking = false
  let failures = 0
  const close = (): void => {
    if (isOpen) onEnd()
    isOpen = false
    for (const timer of timers) clearInterval(timer)
    ending.abort()
  }

  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        const finish = (last: ServerEvent): void => {
          if (!isOpen) return
          controller.enqueue(encoder.encode(encode(last)))
          close()
          controller.close()
        }
        const check = async (): Promise<void> => {
          if (isChecking || !isOpen) return
          isChecking = true
          try {
            const isAllowed = await isStillAllowed()
            failures = 0
            if (!isAllowed) finish(failureOf(new Problem(403, 'Forbidden', 'your right to see this has ended')))
          } catch (error) {
            // One look that was lost proves nothing; two do not prove the right either.
            failures += 1
            if (error instanceof Problem && error.code === 401) finish(failureOf(error))
            else if (failures > 1) finish(failureOf(error))
          } finally {
            isChecking = false
          }
        }
        // With the headers, so that the client knows that the stream is open.
        controller.enqueue(encoder.encode('retry: 1000\n\n'))
        timers.push(
          setInterval(() => {
            if (isOpen && (controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(heartbeat))
          }, beat),
          setInterval(() => void check(), checkMs),
        )
      },
      pull: async (controller) => {
        try {
          const { done, value } = await events.next()
          if (!isOpen) return
          if (!done) return controller.enqueue(encoder.encode(encode(value)))
        } catch (error) {
          if (!isOpen) return
          controller.enqueue(encoder.encode(encode(failureOf(error))))
        }
        close()
        controller.close()
      },
      cancel: () => {
        close()
        void Promise.resolve(events.return?.(undefined)).catch(() => {})
      },
    },
    { highWaterMark: 4 },
  )
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // nginx would keep events back.
      'x-accel-buffering': 'no',
    },
  })
}
