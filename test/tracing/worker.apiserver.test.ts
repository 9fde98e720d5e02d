import { expect, onTestFinished, test } from 'vitest'
import { bundle } from '../../infra/build/bundle.ts'
import { taskReview } from '../builders/task-review.ts'
import { startWorkerd } from '../runtimes/workerd.ts'
import { startCollector } from './collector.ts'

const secret = 'ab'.repeat(32)
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

test(
  'the Worker, in workerd, brings its spans to a collector after it has answered',
  { timeout: 600_000 },
  async () => {
    const collector = await startCollector()
    onTestFinished(collector.close)
    const { Miniflare } = await import('miniflare')
    const [file = ''] = await bundle(['workers'])
    const worker = await startWorkerd({
      Miniflare,
      file,
      bindings: {
        APISERVER: 'https://127.0.0.1:1',
        APISERVER_TOKEN: 'unused',
        WEBHOOK_SECRET: secret,
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      },
    })
    onTestFinished(worker.close)
    const { request } = JSON.parse(taskReview()) as { request: { object: { metadata: object } } }
    const { uid: _none, ...metadata } = { uid: '', ...request.object.metadata }
    const annotations = { 'kubeopencode.io/traceparent': traceparent }
    const body = taskReview({ object: { ...request.object, metadata: { ...metadata, annotations } } })
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${worker.url}${secret}/mutate/tasks`, { method: 'POST', headers, body })
    expect(answer.status).toBe(200)
    await expect
      .poll(collector.spans)
      .toMatchObject([
        { name: 'admission mutate', traceId: traceparent.split('-')[1], parentSpanId: traceparent.split('-')[2] },
      ])
  },
)
