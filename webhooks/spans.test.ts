import { expect, test } from 'vitest'
import type { Span } from '../shared/span.ts'
import { now } from '../test/builders/time.ts'
import { createApp } from './app.ts'
import type { ReviewOptions } from './samples/reviews.ts'
import { review, stored } from './samples/reviews.ts'
import { hooks } from './table.ts'

const uid = '0af76519-16cd-43dd-8448-eb211c80319c'
const traceId = uid.replaceAll('-', '')
const given = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const caller = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', parentSpanId: '00f067aa0ba902b7' }

const task = (metadata: object, spec: object = { agentRef: { name: 'a' }, description: 'secret words' }) =>
  stored('Task', 'fix', { ...spec }, { metadata })
const annotated = { annotations: { 'kubeopencode.io/traceparent': given } }

/** Spans of one review, each moment of which is a millisecond after the one before. */
const spansOf = async (path: string, kind: 'Task' | 'Agent', options: ReviewOptions): Promise<Span[]> => {
  const spans: Span[] = []
  const quiet = () => {}
  let moments = 0
  const app = createApp(hooks, {
    bus: { publish: async () => {} },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    tracing: {
      traces: { take: (span) => void spans.push(span) },
      clock: { now: () => new Date(now.getTime() + moments++) },
    },
  })
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify(review(kind, options))
  expect((await app.request(path, { method: 'POST', headers, body })).status).toBe(200)
  return spans
}

const cases = [
  {
    name: 'a Task that is judged is part of its own trace',
    path: '/validate/tasks',
    options: { object: task({ uid }) },
    want: { name: 'admission validate', traceId, parentSpanId: traceId.slice(16) },
  },
  {
    name: 'so is one that is observed',
    path: '/observe/tasks',
    options: { object: task({ uid }) },
    want: { name: 'admission observe', traceId, parentSpanId: traceId.slice(16) },
  },
  {
    name: 'before it has a uid it is part of what was given',
    path: '/mutate/tasks',
    options: { object: task({ uid: undefined, ...annotated }) },
    want: { name: 'admission mutate', ...caller },
  },
  {
    name: 'one that is refused fails, to whoever made it',
    path: '/validate/tasks',
    options: { object: task({ uid, ...annotated }, { description: 'secret words' }) },
    want: { traceId: caller.traceId, error: expect.stringMatching(/^refused: /) },
  },
]
test.each(cases)('$name', async ({ path, options, want }) => {
  const spans = await spansOf(path, 'Task', options)
  expect(spans).toEqual([
    expect.objectContaining({ kind: 'server', start: now, end: new Date(now.getTime() + 1), ...want }),
  ])
  expect(spans[0]?.attributes).toEqual({
    'http.route': path,
    'k8s.namespace.name': 'default',
    'kubeopencode.task.name': 'fix',
  })
  expect(JSON.stringify(spans)).not.toContain('secret')
})

test.each([
  { name: 'one that is refused and nobody looks for', path: '/validate/tasks', options: { object: task({ uid }, {}) } },
  { name: 'one without a uid and a traceparent', path: '/mutate/tasks', options: { object: task({ uid: undefined }) } },
  { name: 'a dry run', path: '/validate/tasks', options: { object: task({ uid }), dryRun: true } },
  {
    name: 'a change',
    path: '/validate/tasks',
    options: { operation: 'UPDATE' as const, object: task({ uid }), oldObject: task({ uid }) },
  },
  {
    name: 'what nobody records',
    path: '/validate/tasks',
    options: { object: task({ uid, annotations: { 'kubeopencode.io/traceparent': given.replace(/01$/, '00') } }) },
  },
  {
    name: 'a name and a uid that are no texts',
    path: '/validate/tasks',
    options: { object: task({ uid: { a: 1 }, name: 7 }) },
  },
])('$name is no span', async ({ path, options }) => expect(await spansOf(path, 'Task', options)).toEqual([]))

test('another kind is no span', async () => {
  const object = stored('Agent', 'coder', {}, { metadata: { uid } })
  expect(await spansOf('/observe/agents', 'Agent', { object })).toEqual([])
})
