import type { Context } from 'hono'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { bodyLimit } from 'hono/body-limit'
import { RetryableError, sentenceOf } from '../../shared/errors.ts'
import type { Hint } from '../../shared/hint.ts'
import { keyText } from '../../shared/hint.ts'
import type { Log } from '../../shared/ports.ts'
import { hintOf } from './cloud-event.ts'

export interface HttpSinkOptions {
  /** Takes one hint. What it throws is an answer of 5xx, so that whoever sent the event sends it again. */
  readonly deliver: (hint: Hint) => Promise<void>
  readonly log: Log
}

/** A batch of hundreds of our longest hints has less. */
const largestBody = 1024 * 1024

/** Each event of a batch is a look at once, and the apiserver has others to serve. */
const largestBatch = 100

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw new HTTPException(400, { message: 'the body is no JSON' })
  }
}

/** In binary mode the attributes are headers, and the body is the data alone. */
const attribute = (c: Context, name: string): string | undefined => c.req.header(`ce-${name}`)

const eventsOf = async (c: Context): Promise<readonly unknown[]> => {
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  if (type === 'application/cloudevents+json') return [parsed(await c.req.text())]
  if (type === 'application/cloudevents-batch+json') {
    const events = parsed(await c.req.text())
    if (!Array.isArray(events)) throw new HTTPException(400, { message: 'a batch is a list of events' })
    if (events.length > largestBatch)
      throw new HTTPException(413, {
        message: `a batch has at most ${largestBatch} events, and this one ${events.length}`,
      })
    return events
  }
  if (type === 'application/json' && attribute(c, 'specversion') !== undefined)
    return [{ specversion: attribute(c, 'specversion'), type: attribute(c, 'type'), data: parsed(await c.req.text()) }]
  throw new HTTPException(415, {
    message:
      'send application/cloudevents+json, application/cloudevents-batch+json, or application/json with ce- headers',
  })
}

/**
 * Receives hints as CloudEvents 1.0 over HTTP, by POST to `/`, in structured, binary and batched mode. 204 says that all were
 * delivered, 4xx that what came is none of ours and will never be, 503 and 500 that it should come again. Of a batch with
 * one event that is none of ours nothing is delivered.
 */
export const createHttpSink = ({ deliver, log }: HttpSinkOptions): Hono => {
  const app = new Hono()
  const tooLarge = () => {
    throw new HTTPException(413, { message: `events have at most ${largestBody} bytes` })
  }
  app.post('/', bodyLimit({ maxSize: largestBody, onError: tooLarge }), async (c) => {
    const hints = (await eventsOf(c)).map((event) => {
      const hint = hintOf(event)
      if (hint) return hint
      throw new HTTPException(400, { message: 'an event is no hint of ours' })
    })
    const results = await Promise.allSettled(hints.map(deliver))
    const failures = results.flatMap((result, index) => {
      if (result.status === 'fulfilled') return []
      const error: unknown = result.reason
      const key = hints[index]?.key
      log.warn('an event has to come again', { key: key && keyText(key), error: sentenceOf(error) })
      return [error]
    })
    if (failures.length === 0) return c.body(null, 204)
    const waits = failures.map((error) => (error instanceof RetryableError ? (error.retryAfterSeconds ?? 0) : 0))
    const longest = Math.ceil(Math.max(...waits))
    if (longest > 0) c.header('retry-after', String(longest))
    return c.text('', failures.every((error) => error instanceof RetryableError) ? 503 : 500)
  })
  app.all('/', (c) => c.text('send events by POST', 405))
  app.notFound((c) => c.text('', 404))
  app.onError((error, c) => {
    if (error instanceof HTTPException) return c.text(error.message, error.status)
    log.error('the sink failed', { error: sentenceOf(error) })
    return c.text('', 500)
  })
  return app
}
