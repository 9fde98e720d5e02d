import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import { controllerSelector } from '../../cli/doctor/version.ts'
import { SYSTEM_NAMESPACE } from '../../crds/names.ts'
import type { Collector, Understood } from '../tracing/collector.ts'
import { startCollector, treeOf } from '../tracing/collector.ts'
import { install } from './install.ts'
import { agent, hasEnded, mockConfig, openWorld, task } from './world.ts'

const world = await openWorld('e2e-tracing')
const system = await openWorld(SYSTEM_NAMESPACE)
const endpoints = '{range .items[*]}{.spec.containers[0].env[?(@.name=="OTEL_EXPORTER_OTLP_ENDPOINT")].value}{" "}{end}'
const access = { kubeconfig: inject('kubeconfig'), kubectl: inject('kubectl'), helm: inject('helm') }
let collector: Collector

beforeAll(async () => {
  collector = await startCollector(inject('hostAddress'))
  const traces = { endpoint: collector.endpoint, resourceAttributes: 'k8s.cluster.name=e2e' }
  await install(access, { values: { monitoring: { traces } } })
  // Those before tell no traces, and are at work until they are gone.
  const told = (): Promise<string> =>
    system.kubectl('get', 'pods', '-l', controllerSelector, '-o', `jsonpath=${endpoints}`)
  const ours = `${collector.endpoint} `.repeat(2)
  await vi.waitUntil(async () => (await told().catch(() => '')) === ours, { timeout: 420_000, interval: 500 })
  await world.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: world.namespace } })
  const model = {
    name: 'Mock',
    tool_call: true,
    limit: { context: 128000, output: 4096 },
    cost: { input: 1, output: 4 },
  }
  const { mock } = mockConfig.provider
  const config = { ...mockConfig, provider: { mock: { ...mock, models: { 'mock-1': model } } } }
  await world.apply(agent('coder', { config }))
  await world.until('Agent', 'coder', (found) => found?.status?.ready === true)
})
afterAll(async () => {
  await collector?.close()
  await install(access)
})

const numberOf = (span: Understood | undefined, key: string): number => {
  const value = span?.attributes?.find((attribute) => attribute.key === key)?.value ?? {}
  return Number(value['intValue'] ?? value['doubleValue'] ?? NaN)
}

test('one trace leads from admission to the Pod and to the session in OpenCode, and tells what it used', async () => {
  await world.apply(task('traced', { agentRef: { name: 'coder' }, description: '[[bash:true]]' }))
  const { metadata, status } = await world.until('Task', 'traced', hasEnded)
  expect(status?.phase).toBe('Completed')
  const traceId = metadata.uid?.replaceAll('-', '')
  // What was not answered in time is told again. On a busy machine the Agent may not be ready for a moment, and the Task waits.
  const spans = () => {
    const own = collector.spans().filter((span) => span.traceId === traceId)
    return [...new Map(own.map((span) => [span.spanId, span])).values()]
  }
  await expect
    .poll(() => treeOf(spans().filter(({ name }) => name !== 'queued')), { timeout: 300_000 })
    .toEqual([
      'admission observe < task',
      'admission validate < task',
      'init container < starting',
      'invoke_agent coder < running',
      'running < task',
      'scheduling < starting',
      'starting < task',
      'task < nobody',
    ])

  const session = spans().find(({ name }) => name.startsWith('invoke_agent'))
  const said = session?.attributes?.find(({ key }) => key === 'gen_ai.conversation.id')?.value
  expect(said).toEqual({ stringValue: status?.session?.id })
  expect(numberOf(session, 'gen_ai.usage.input_tokens')).toBeGreaterThan(0)
  const cost = numberOf(session, 'kubeopencode.session.cost_usd')
  expect(cost).toBeGreaterThan(0)
  expect(cost).toBe(Number(status?.session?.summary?.cost))
  expect(JSON.stringify(collector.requests[0])).toContain('k8s.cluster.name')
})

test('what a Pod’s programs need to join in is in its environment', async () => {
  const pod = await world.until('Pod', 'traced-pod', (found) => found !== undefined)
  const env = pod.spec?.containers.flatMap((container) => container.env ?? []) ?? []
  const given = env.find(({ name }) => name === 'TRACEPARENT')?.value
  const root = collector.spans().find(({ name, traceId }) => name === 'task' && given?.includes(traceId))
  expect(given).toBe(`00-${root?.traceId}-${root?.spanId}-01`)
})
