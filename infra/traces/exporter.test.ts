import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Span } from '../../shared/span.ts'
import { clock } from '../clock.ts'
import type { ExporterOptions, Standing } from './exporter.ts'
import { createExporter } from './exporter.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const span = (name: string): Span => ({
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  name,
  kind: 'internal',
  start: new Date(0),
  end: new Date(1),
  attributes: {},
})

interface Sent {
  readonly names: string[]
  readonly headers: Record<string, string>
}

/** A collector that answers each request as `answer` says, and an exporter that brings it spans. */
const collector = (answer: () => Response | Promise<Response>, options: Partial<ExporterOptions> = {}) => {
  const sent: Sent[] = []
  const lines: string[] = []
  const counts = { sent: 0, lost: 0 }
  const say = (message: string, fields: object = {}) => void lines.push(`${message} ${JSON.stringify(fields)}`)
  const exporter = createExporter({
    to: { url: 'http://collector/v1/traces', headers: { authorization: 's3cret' }, resource: {} },
    fetch: async (_url, { body, headers }) => {
      const { resourceSpans } = JSON.parse(body as string) as {
        resourceSpans: { scopeSpans: { spans: { name: string }[] }[] }[]
      }
      const names = resourceSpans[0]?.scopeSpans[0]?.spans.map(({ name }) => name) ?? []
      sent.push({ names, headers: headers as Record<string, string> })
      return answer()
    },
    clock,
    log: { debug: say, info: say, warn: say, error: say },
    count: (outcome, spans) => void (counts[outcome] += spans),
    soonMs: 1_000,
    ...options,
  })
  const take = (count: number, name = 'one') => {
    for (let at = 0; at < count; at += 1) exporter.take(span(name))
  }
  return { exporter, take, sent, lines, counts, sizes: () => sent.map(({ names }) => names.length) }
}

const ok = () => Response.json({})
const status =
  (code: number, headers = {}) =>
  () =>
    new Response('', { status: code, headers })
const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000)

test('spans of one moment travel together, with what the collector wants to be told', async () => {
  const { exporter, sent, counts, lines } = collector(ok)
  exporter.take(span('one'))
  exporter.take(span('two'))
  expect(sent).toEqual([])
  await pass(1)
  expect(sent).toEqual([
    { names: ['one', 'two'], headers: { authorization: 's3cret', 'content-type': 'application/json' } },
  ])
  expect(counts).toEqual({ sent: 2, lost: 0 })
  await pass(3600)
  expect(sent).toHaveLength(1)
  expect(lines).toEqual([])
})

test('many go in batches, one request after the other', async () => {
  let underway = 0
  let most = 0
  const { take, sizes } = collector(async () => {
    most = Math.max(most, ++underway)
    await clock.sleep(10)
    underway -= 1
    return ok()
  })
  take(1_200)
  await pass(5)
  expect(sizes()).toEqual([512, 512, 176])
  expect(most).toBe(1)
})

test('what comes while a collector is silent is kept up to a bound', async () => {
  const { take, counts, lines } = collector(() => new Promise(() => {}))
  take(3_000)
  await pass(2)
  take(10)
  expect(counts).toEqual({ sent: 0, lost: 3_000 - 2_048 + 10 })
  expect(lines).toHaveLength(1)
})

describe('a collector that is busy', () => {
  test.each([429, 502, 503, 504])('and answers %i is asked again, with growing waits', async (code) => {
    const answers = [status(code), status(code), ok]
    const { take, sizes, counts } = collector(() => (answers.shift() ?? ok)())
    take(3)
    await pass(1)
    expect(sizes()).toEqual([3])
    await pass(1)
    expect(sizes()).toEqual([3, 3])
    await pass(1)
    expect(sizes()).toEqual([3, 3])
    await pass(1)
    expect(sizes()).toEqual([3, 3, 3])
    expect(counts).toEqual({ sent: 3, lost: 0 })
  })

  test.each([
    { wish: '20', quietSeconds: 19 },
    { wish: new Date(31_000).toUTCString(), quietSeconds: 28 },
    { wish: '86400', quietSeconds: 59 },
    { wish: 'soon', quietSeconds: 0 },
  ])('and wants to be left alone until "$wish" is, within bounds', async ({ wish, quietSeconds }) => {
    vi.setSystemTime(0)
    const answers = [status(503, { 'retry-after': wish }), ok]
    const { take, sizes } = collector(() => (answers.shift() ?? ok)())
    take(1)
    await pass(1 + quietSeconds)
    expect(sizes()).toEqual([1])
    await pass(2)
    expect(sizes()).toEqual([1, 1])
  })

  test('for too long loses what waited, and nothing else', async () => {
    const { take, sizes, counts, lines } = collector(status(503))
    take(5)
    await pass(600)
    expect(sizes()).toEqual(Array.from({ length: 10 }, () => 5))
    expect(counts).toEqual({ sent: 0, lost: 5 })
    expect(lines).toEqual(['the collector does not take spans: some may be lost {"error":"it answered 503"}'])
  })
})

test('one that is away is two lines, however often it was tried', async () => {
  let isAway = true
  const refused = Object.assign(new TypeError('s3cret'), { cause: { code: 'ECONNREFUSED' } })
  const { take, lines, counts } = collector(() => (isAway ? Promise.reject(refused) : ok()))
  for (let round = 0; round < 100; round += 1) {
    take(1)
    await pass(60)
  }
  expect(lines).toHaveLength(1)
  isAway = false
  const { lost } = counts
  take(1)
  await pass(600)
  take(1)
  await pass(600)
  expect(lines).toEqual([
    expect.stringMatching(/^the collector does not take spans/),
    `the collector takes spans again ${JSON.stringify({ lost })}`,
  ])
  expect(lines.join()).not.toContain('s3cret')
  expect(counts.sent + counts.lost).toBe(102)
})

test.each([400, 401, 404, 413, 500, 301])('one that answers %i is not asked for the same again', async (code) => {
  const { take, sizes, counts } = collector(status(code))
  take(2)
  await pass(600)
  expect(sizes()).toEqual([2])
  expect(counts).toEqual({ sent: 0, lost: 2 })
})

test.each([
  { name: 'a part', body: '{"partialSuccess":{"rejectedSpans":"2","errorMessage":"no"}}', lost: 2 },
  { name: 'nothing, with a hint', body: '{"partialSuccess":{"errorMessage":"deprecated"}}', lost: 0 },
  { name: 'more than there was', body: '{"partialSuccess":{"rejectedSpans":99}}', lost: 3 },
  { name: 'in no JSON', body: '<html>', lost: 0 },
  { name: 'null', body: 'null', lost: 0 },
])('spans that it took and refused count as lost: $name', async ({ body, lost }) => {
  const { take, counts } = collector(() => new Response(body, { headers: { 'content-length': String(body.length) } }))
  take(3)
  await pass(1)
  expect(counts).toEqual({ sent: 3 - lost, lost })
})

describe('a flush', () => {
  test('sends what is there at once', async () => {
    const { exporter, take, sizes } = collector(ok)
    take(600)
    await exporter.flush(2_000)
    expect(sizes()).toEqual([512, 88])
  })

  test('is over in time with a collector that does not answer, and keeps what is left', async () => {
    const { exporter, take, counts } = collector(() => new Promise(() => {}))
    take(3)
    let isOver = false
    void exporter.flush(2_000).then(() => (isOver = true))
    await pass(1.9)
    expect(isOver).toBe(false)
    await pass(0.1)
    expect(isOver).toBe(true)
    expect(counts).toEqual({ sent: 0, lost: 0 })
  })

  test('does not press a collector that wants to be left alone', async () => {
    const { exporter, take, sizes } = collector(status(503, { 'retry-after': '60' }), { soonMs: undefined })
    take(1)
    await exporter.flush(2_000)
    await exporter.flush(2_000)
    expect(sizes()).toEqual([1])
  })

  test('of nothing asks nobody', async () => {
    const { exporter, sizes } = collector(ok)
    await exporter.flush(2_000)
    await exporter.close(2_000)
    expect(sizes()).toEqual([])
  })

  test('at the end gives up what is left, and says so', async () => {
    const { exporter, take, counts } = collector(status(503))
    take(3)
    const over = exporter.close(500)
    await pass(1)
    await over
    expect(counts).toEqual({ sent: 0, lost: 3 })
  })
})

test('without a time nothing is sent but by a flush', async () => {
  const { exporter, take, sizes } = collector(ok, { soonMs: undefined })
  take(1)
  await pass(3_600)
  expect(sizes()).toEqual([])
  await exporter.flush(2_000)
  expect(sizes()).toEqual([1])
})

test('what is known of a collector may outlive an exporter', async () => {
  const standing: Standing = {}
  const first = collector(status(400), { standing })
  first.take(1)
  await pass(1)
  const second = collector(status(400), { standing })
  second.take(1)
  await pass(1)
  expect([first.lines.length, second.lines.length]).toEqual([1, 0])
})
