import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Task } from '../../crds/task.ts'
import { clock } from '../../infra/clock.ts'
import { readTracesTo } from '../../infra/traces/environment.ts'
import { createExporter } from '../../infra/traces/exporter.ts'
import { exportRequest } from '../../infra/traces/otlp.ts'
import type { Span } from '../../shared/span.ts'
import { paths, taskObject } from '../bench/objects.ts'
import type { Rig } from '../bench/rig.ts'
import { startRig } from '../bench/rig.ts'
import type { Scene } from '../bench/scene.ts'
import { openScene } from '../bench/scene.ts'
import type { Collector, Understood } from './collector.ts'
import { startCollector, treeOf } from './collector.ts'

let collector: Collector
beforeAll(async () => {
  collector = await startCollector()
}, 600_000)
afterAll(() => collector.close())

/** Longer than two sweeps: a hint may be lost while the machine is busy. */
const patience = 300
const sweepSeconds = 120

describe('a collector understands what is sent', () => {
  const span = (name: string, rest: Partial<Span> = {}): Span => ({
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: '00f067aa0ba902b7',
    name,
    kind: 'internal',
    start: new Date('2026-06-01T12:00:00.123Z'),
    end: new Date('2026-06-01T12:00:01Z'),
    attributes: { 'k8s.pod.name': 'job-pod' },
    ...rest,
  })
  const spans: readonly Span[] = [
    span('of each kind of value', {
      attributes: {
        text: 'ä 🚀',
        whole: 42,
        large: 9_007_199_254_740_991,
        broken: 0.25,
        negative: -1,
        yes: true,
        no: false,
      },
    }),
    span('asked for', { kind: 'server', parentSpanId: 'b7ad6b7169203331' }),
    span('that asks', { kind: 'client' }),
    span('that failed', { error: 'AgentRunFailed: it said "no"' }),
  ]

  test('each field of each span, and who tells it', async () => {
    const lost = vi.fn<(outcome: string, spans: number) => void>()
    const to = readTracesTo({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_SERVICE_NAME: 'tested',
      OTEL_RESOURCE_ATTRIBUTES: 'k8s.cluster.name=here',
    })!
    const quiet = () => {}
    const exporter = createExporter({
      to,
      clock,
      fetch: (url, init) => fetch(url, init),
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      count: lost,
    })
    for (const one of spans) exporter.take(one)
    await exporter.flush(60_000)
    expect(lost.mock.calls).toEqual([['sent', spans.length]])
    await expect.poll(() => collector.requests.length).toBe(1)
    // It leaves out what it does not know, so that whatever is here as it was sent was understood.
    expect(collector.requests[0]).toMatchObject(exportRequest(spans, to.resource))
    expect(JSON.stringify(collector.requests[0])).toContain('k8s.cluster.name')
  })
})

describe('the life of a Task', () => {
  let rig: Rig
  let scene: Scene
  const caller = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }

  beforeAll(async () => {
    rig = await startRig()
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.endpoint)
    const functions = await rig.startFunctions(sweepSeconds)
    vi.unstubAllEnvs()
    scene = await openScene(rig, 'traced', { agents: { coder: { maxConcurrentTasks: 1 } }, runMilliseconds: 8_000 })
    await scene.createTask('first', 'coder')
    await scene.untilAll(1, 'Running', patience)
    const traceparent = `00-${caller.traceId}-${caller.spanId}-01`
    const metadata = { name: 'second', annotations: { 'kubeopencode.io/traceparent': traceparent } }
    await rig.person.send('POST', paths.tasks(scene.namespace), { ...taskObject('second', 'coder'), metadata })
    await scene.untilAll(2, 'Completed', patience)
    // What is not sent yet is sent when the process ends.
    await functions.stop()
  })
  afterAll(async () => {
    await scene.close()
    await rig.close()
  })

  const spansOf = (name: string): readonly Understood[] =>
    collector
      .spans()
      .filter(({ attributes = [] }) =>
        attributes.some(({ key, value }) => key === 'kubeopencode.task.name' && value['stringValue'] === name),
      )

  test('is one trace of its uid, in which each span has its place', async () => {
    const spans = spansOf('first')
    const { metadata } = await rig.person.read<Task>(`${paths.tasks(scene.namespace)}/first`)
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([metadata.uid?.replaceAll('-', '')]))
    expect(treeOf(spans)).toEqual([
      'admission observe < task',
      'admission validate < task',
      'invoke_agent coder < running',
      'running < task',
      'starting < task',
      'task < nobody',
    ])
  })

  test('goes on in the trace of whoever made it, and tells how long it waited', async () => {
    const spans = spansOf('second')
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([caller.traceId]))
    expect(treeOf(spans)).toEqual([
      `admission mutate < ${caller.spanId}`,
      'admission observe < task',
      'admission validate < task',
      'invoke_agent coder < running',
      'queued < task',
      'running < task',
      'starting < task',
      `task < ${caller.spanId}`,
    ])
    const queued = spans.find(({ name }) => name === 'queued')
    expect(queued?.attributes).toContainEqual({
      key: 'kubeopencode.task.reason',
      value: { stringValue: 'AgentAtCapacity' },
    })
  })

  test('lies within its times', async () => {
    for (const name of ['first', 'second']) {
      const spans = spansOf(name)
      const root = spans.find((span) => span.name === 'task')
      const { metadata } = await rig.person.read<Task>(`${paths.tasks(scene.namespace)}/${name}`)
      expect(BigInt(root?.startTimeUnixNano ?? 0)).toBe(
        BigInt(Date.parse(metadata.creationTimestamp ?? '')) * 1_000_000n,
      )
      for (const { startTimeUnixNano, endTimeUnixNano } of spans) {
        expect(BigInt(startTimeUnixNano)).toBeLessThanOrEqual(BigInt(endTimeUnixNano))
        expect(BigInt(endTimeUnixNano)).toBeLessThanOrEqual(BigInt(root?.endTimeUnixNano ?? 0))
      }
    }
  })

  test('is told once', () => {
    const ids = collector.spans().map(({ traceId, spanId, name }) => `${traceId} ${spanId} ${name}`)
    expect(new Set(ids).size).toBe(ids.length)
  })
})
