import { expect, test } from 'vitest'
import { issue } from '../certificates/issue.ts'
import { countSpansIn, createMetrics, onStartIn, recordCensus, recordCertificate, recordedIn } from './metrics.ts'

/** `name{labels} value` lines of what Prometheus would read, of the metrics that begin with `name` and have begun to count. */
const scraped = async (metrics: ReturnType<typeof createMetrics>, name: string): Promise<string[]> =>
  (await metrics.registry.metrics())
    .split('\n')
    .filter((line) => line.startsWith(name) && !/_total\{.*\} 0$/.test(line))

test('the end of a Task is counted with its reason, its time, its tokens and its cost', async () => {
  const metrics = createMetrics()
  const port = recordedIn(metrics)
  const summary = { cost: '0.25', tokenUsage: { input: 1000, cache: 7 } }
  port.record({ name: 'taskFinished', phase: 'Completed', reason: 'Completed', runSeconds: 20, summary })
  port.record({ name: 'taskFinished', phase: 'Failed', reason: 'PodLost' })
  expect(await scraped(metrics, 'kubeopencode_tasks_finished_total')).toEqual([
    'kubeopencode_tasks_finished_total{phase="Completed",reason="Completed"} 1',
    'kubeopencode_tasks_finished_total{phase="Failed",reason="PodLost"} 1',
  ])
  expect(await scraped(metrics, 'kubeopencode_task_run_seconds_sum')).toEqual([
    'kubeopencode_task_run_seconds_sum{phase="Completed"} 20',
  ])
  expect(await scraped(metrics, 'kubeopencode_task_tokens_total')).toEqual([
    'kubeopencode_task_tokens_total{type="input"} 1000',
    'kubeopencode_task_tokens_total{type="cache"} 7',
  ])
  expect(await scraped(metrics, 'kubeopencode_task_cost_dollars_total')).toEqual([
    'kubeopencode_task_cost_dollars_total 0.25',
  ])
})

test.each(['', 'free', '-1', 'Infinity', '1e999'])('a cost of "%s" from a Pod counts for nothing', async (cost) => {
  const metrics = createMetrics()
  recordedIn(metrics).record({ name: 'taskFinished', phase: 'Completed', reason: 'Completed', summary: { cost } })
  expect(await scraped(metrics, 'kubeopencode_task_cost_dollars_total')).toEqual([
    'kubeopencode_task_cost_dollars_total 0',
  ])
})

test('a clock that is behind makes no negative times', async () => {
  const metrics = createMetrics()
  const port = recordedIn(metrics)
  port.record({ name: 'taskStarted', target: 'agent', waitSeconds: -3 })
  port.record({ name: 'cronTaskFired', lateSeconds: -3 })
  expect(await scraped(metrics, 'kubeopencode_task_wait_seconds_sum')).toEqual([
    'kubeopencode_task_wait_seconds_sum{target="agent"} 0',
  ])
  expect(await scraped(metrics, 'kubeopencode_cron_task_late_seconds_sum')).toEqual([
    'kubeopencode_cron_task_late_seconds_sum 0',
  ])
})

test('a sweep takes the place of the one before it, also where there is nothing left', async () => {
  const metrics = createMetrics()
  const now = new Date('2026-06-01T12:00:00Z')
  const waitingSince = now.getTime() - 90_000
  const none = new Map<string, number>()
  const atLimit = new Map([['quota', 1]] as const)
  const full = {
    tasks: new Map([['Queued', 2]]),
    waiting: new Map([['QuotaExceeded', 2]]),
    agents: none,
    slots: 3,
    atLimit,
  }
  recordCensus(metrics, { ...full, waitingSince }, now)
  expect(await scraped(metrics, 'kubeopencode_tasks_waiting')).toEqual([
    'kubeopencode_tasks_waiting{reason="QuotaExceeded"} 2',
  ])
  expect(await scraped(metrics, 'kubeopencode_tasks_longest_wait_seconds')).toEqual([
    'kubeopencode_tasks_longest_wait_seconds 90',
  ])
  expect(await scraped(metrics, 'kubeopencode_agents_at_limit')).toEqual([
    'kubeopencode_agents_at_limit{limit="quota"} 1',
  ])
  const empty = { tasks: none, waiting: none, waitingSince: undefined, agents: none, slots: 0, atLimit: new Map() }
  recordCensus(metrics, empty, now)
  expect(await scraped(metrics, 'kubeopencode_tasks')).toEqual(['kubeopencode_tasks_longest_wait_seconds 0'])
})

test('the end of the certificate is that of the first in the chain', async () => {
  const metrics = createMetrics()
  const now = new Date('2026-06-01T12:00:00Z')
  const { serving, authority } = await issue({ names: ['localhost'], now })
  recordCertificate(metrics, serving.certificate + authority.certificate)
  const ninetyDays = now.getTime() / 1000 + 90 * 86_400
  expect(await scraped(metrics, 'kubeopencode_webhook_certificate')).toEqual([
    `kubeopencode_webhook_certificate_expiry_timestamp_seconds ${ninetyDays}`,
  ])
})

test('waits of what a sweep alone asked for are by themselves', async () => {
  const metrics = createMetrics()
  const onStart = onStartIn(metrics)
  const key = { kind: 'Task', namespace: 'default', name: 'a' } as const
  onStart(2, { key })
  onStart(3000, { key, isSwept: true })
  expect(await scraped(metrics, 'kubeopencode_bus_wait_seconds_sum')).toEqual([
    'kubeopencode_bus_wait_seconds_sum{swept="false"} 0.002',
    'kubeopencode_bus_wait_seconds_sum{swept="true"} 3',
  ])
})

test('spans are counted by what became of them', async () => {
  const metrics = createMetrics()
  const count = countSpansIn(metrics)
  count('sent', 6)
  count('lost', 2)
  expect(await scraped(metrics, 'kubeopencode_spans_total')).toEqual([
    'kubeopencode_spans_total{outcome="sent"} 6',
    'kubeopencode_spans_total{outcome="lost"} 2',
  ])
})
