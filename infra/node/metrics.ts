import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { eventReasons } from '../../crds/reasons.ts'
import type { Census } from '../../functions/schedule/census.ts'
import { ownKinds } from '../../shared/kubernetes.ts'
import type { Measure } from '../../shared/measures.ts'
import { taskEndings } from '../../shared/measures.ts'
import type { Metrics as MetricsPort } from '../../shared/ports.ts'
import type { Judged } from '../../webhooks/judge.ts'
import type { InProcessOptions } from '../bus/in-process.ts'
import { blocksOf, lifeOf } from '../certificates/held.ts'
import type { OnWrite } from '../cluster/counted.ts'
import type { ExporterOptions } from '../traces/exporter.ts'

/** What became of one delivery: `again` is done too, and wants to be looked at later. */
const deliveryOutcomes = ['done', 'again', 'retry', 'unreachable'] as const
export type DeliveryOutcome = (typeof deliveryOutcomes)[number]

const waitBuckets = [0.05, 0.25, 1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400]

/** What the container tells Prometheus. Labels are bounded: kinds, verbs, reasons and outcomes, never names. */
const registered = () => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'kubeopencode_' })
  const registers = [registry]
  return {
    registry,
    reviews: new Histogram({
      name: 'kubeopencode_webhook_seconds',
      help: 'Time to judge one review, by hook, operation and outcome (allowed, refused, failed).',
      labelNames: ['hook', 'operation', 'outcome'] as const,
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
      registers,
    }),
    deliveries: new Counter({
      name: 'kubeopencode_deliveries_total',
      help: 'Hints handled, by kind and outcome (done, again, retry, unreachable).',
      labelNames: ['kind', 'outcome'] as const,
      registers,
    }),
    deliverySeconds: new Histogram({
      name: 'kubeopencode_delivery_seconds',
      help: 'Time of one delivery: gather, decide and apply.',
      labelNames: ['kind'] as const,
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    writes: new Counter({
      name: 'kubeopencode_writes_total',
      help: 'Writes to the apiserver, by kind, verb and outcome (done, exists, pruned, refused, failed).',
      labelNames: ['kind', 'verb', 'outcome'] as const,
      registers,
    }),
    events: new Counter({
      name: 'kubeopencode_events_total',
      help: 'Events told to users, by kind and reason.',
      labelNames: ['kind', 'reason'] as const,
      registers,
    }),
    taskWaitSeconds: new Histogram({
      name: 'kubeopencode_task_wait_seconds',
      help: 'Time from a Task to its Pod, by target (agent, template).',
      labelNames: ['target'] as const,
      buckets: waitBuckets,
      registers,
    }),
    taskRunSeconds: new Histogram({
      name: 'kubeopencode_task_run_seconds',
      help: 'Time from the start of a Task to its end, by phase.',
      labelNames: ['phase'] as const,
      buckets: [5, 15, 60, 300, 900, 3600, 14_400],
      registers,
    }),
    tasksFinished: new Counter({
      name: 'kubeopencode_tasks_finished_total',
      help: 'Tasks that have ended, by phase and reason.',
      labelNames: ['phase', 'reason'] as const,
      registers,
    }),
    tokens: new Counter({
      name: 'kubeopencode_task_tokens_total',
      help: 'Tokens that sessions of ended Tasks used, by type (input, output, reasoning, cache).',
      labelNames: ['type'] as const,
      registers,
    }),
    cost: new Counter({
      name: 'kubeopencode_task_cost_dollars_total',
      help: 'What sessions of ended Tasks cost, as OpenCode reckons it.',
      registers,
    }),
    cronTaskLateSeconds: new Histogram({
      name: 'kubeopencode_cron_task_late_seconds',
      help: 'Time from the slot of a schedule until its Task was made.',
      buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600],
      registers,
    }),
    sweepRepairs: new Counter({
      name: 'kubeopencode_sweep_repairs_total',
      help: 'Objects that changed because a sweep asked for them, and no event did.',
      labelNames: ['kind'] as const,
      registers,
    }),
    scheduleRuns: new Counter({
      name: 'kubeopencode_schedule_runs_total',
      help: 'Runs of tick and sweep, by outcome (done, failed, unreachable).',
      labelNames: ['schedule', 'outcome'] as const,
      registers,
    }),
    scheduleDone: new Gauge({
      name: 'kubeopencode_schedule_last_done_timestamp_seconds',
      help: 'When tick and sweep last came to their end; before that, when they began to be asked for.',
      labelNames: ['schedule'] as const,
      registers,
    }),
    hintsDropped: new Counter({
      name: 'kubeopencode_hints_dropped_total',
      help: 'Hints for which the bus had no room.',
      registers,
    }),
    busWaitSeconds: new Histogram({
      name: 'kubeopencode_bus_wait_seconds',
      help: 'Time from when an object could be looked at until that began, by whether a sweep alone asked (swept).',
      labelNames: ['swept'] as const,
      buckets: [0.001, 0.01, 0.05, 0.25, 1, 5, 15, 60, 300],
      registers,
    }),
    spans: new Counter({
      name: 'kubeopencode_spans_total',
      help: 'Spans for the collector of traces, by outcome (sent, lost).',
      labelNames: ['outcome'] as const,
      registers,
    }),
    certificateEnds: new Gauge({
      name: 'kubeopencode_webhook_certificate_expiry_timestamp_seconds',
      help: 'When the certificate that the webhooks are served with ends.',
      registers,
    }),
    tasks: new Gauge({
      name: 'kubeopencode_tasks',
      help: 'Tasks that have not ended, by phase, as the last sweep saw them.',
      labelNames: ['phase'] as const,
      registers,
    }),
    tasksWaiting: new Gauge({
      name: 'kubeopencode_tasks_waiting',
      help: 'Tasks in the queues of Agents, by reason, as the last sweep saw them.',
      labelNames: ['reason'] as const,
      registers,
    }),
    longestWaitSeconds: new Gauge({
      name: 'kubeopencode_tasks_longest_wait_seconds',
      help: 'How long the Task that waits longest had been in its queue at the last sweep.',
      registers,
    }),
    agents: new Gauge({
      name: 'kubeopencode_agents',
      help: 'Agents, by phase, as the last sweep saw them.',
      labelNames: ['phase'] as const,
      registers,
    }),
    slots: new Gauge({
      name: 'kubeopencode_agent_slots_used',
      help: 'Turns that Agents with limits have given out, as the last sweep saw them.',
      registers,
    }),
    atLimit: new Gauge({
      name: 'kubeopencode_agents_at_limit',
      help: 'Agents that have given out all their slots (concurrency) or the starts of their quota, as the last sweep saw them.',
      labelNames: ['limit'] as const,
      registers,
    }),
    busKeys: (size: () => number) =>
      new Gauge({
        name: 'kubeopencode_bus_keys',
        help: 'Keys that wait on the bus or are under way.',
        registers,
        collect() {
          this.set(size())
        },
      }),
    busFailingKeys: (failing: () => number) =>
      new Gauge({
        name: 'kubeopencode_bus_failing_keys',
        help: 'Keys of them that have failed five times or more, while the apiserver could be reached.',
        registers,
        collect() {
          this.set(failing())
        },
      }),
  }
}
export type Metrics = ReturnType<typeof registered>

/** Prometheus sees no increase in a counter that appears with its first one: what alerts count is there from the start. */
export const createMetrics = (): Metrics => {
  const metrics = registered()
  for (const kind of ownKinds) {
    metrics.sweepRepairs.inc({ kind }, 0)
    for (const outcome of deliveryOutcomes) metrics.deliveries.inc({ kind, outcome }, 0)
  }
  for (const schedule of ['tick', 'sweep'])
    for (const outcome of ['done', 'failed', 'unreachable']) metrics.scheduleRuns.inc({ schedule, outcome }, 0)
  for (const outcome of ['sent', 'lost']) metrics.spans.inc({ outcome }, 0)
  for (const [kind, reasons] of Object.entries(eventReasons))
    for (const reason of Object.keys(reasons)) metrics.events.inc({ kind, reason }, 0)
  for (const [phase, reasons] of Object.entries(taskEndings))
    for (const reason of reasons) metrics.tasksFinished.inc({ phase, reason }, 0)
  return metrics
}

type Of<Name extends Measure['name']> = Extract<Measure, { readonly name: Name }>

const finished = (metrics: Metrics, { phase, reason, runSeconds, summary }: Of<'taskFinished'>): void => {
  metrics.tasksFinished.inc({ phase, reason })
  if (runSeconds !== undefined) metrics.taskRunSeconds.observe({ phase }, runSeconds)
  for (const [type, tokens] of Object.entries(summary?.tokenUsage ?? {})) metrics.tokens.inc({ type }, tokens)
  const cost = Number(summary?.cost ?? 0)
  // It is a text from a Pod, and a counter throws at what is no number.
  if (cost > 0 && Number.isFinite(cost)) metrics.cost.inc(cost)
}

/** The port of the functions, as numbers for Prometheus. */
export const recordedIn = (metrics: Metrics): MetricsPort => ({
  record: (measure) => {
    if (measure.name === 'event') metrics.events.inc({ kind: measure.kind, reason: measure.reason })
    if (measure.name === 'taskStarted')
      metrics.taskWaitSeconds.observe({ target: measure.target }, Math.max(0, measure.waitSeconds))
    if (measure.name === 'taskFinished') finished(metrics, measure)
    if (measure.name === 'cronTaskFired') metrics.cronTaskLateSeconds.observe(Math.max(0, measure.lateSeconds))
  },
})

const setAll = <Label extends string>(gauge: Gauge<Label>, label: Label, counts: ReadonlyMap<string, number>): void => {
  gauge.reset()
  for (const [value, count] of counts) gauge.labels({ [label]: value } as Record<Label, string>).set(count)
}

/** What a whole sweep saw takes the place of what the one before it saw. */
export const recordCensus = (metrics: Metrics, census: Census, now: Date): void => {
  setAll(metrics.tasks, 'phase', census.tasks)
  setAll(metrics.tasksWaiting, 'reason', census.waiting)
  setAll(metrics.agents, 'phase', census.agents)
  setAll(metrics.atLimit, 'limit', census.atLimit)
  metrics.slots.set(census.slots)
  const waited = census.waitingSince === undefined ? 0 : (now.getTime() - census.waitingSince) / 1000
  metrics.longestWaitSeconds.set(Math.max(0, waited))
}

/** The first of a PEM text is the one that is served. */
export const recordCertificate = (metrics: Metrics, pem: string): void => {
  const [served = ''] = blocksOf(pem)
  metrics.certificateEnds.set(lifeOf(served).notAfter.getTime() / 1000)
}

export const onJudgedIn =
  ({ reviews }: Metrics) =>
  ({ hook, operation, outcome, seconds }: Judged): void =>
    reviews.observe({ hook, operation, outcome }, seconds)

export const onWriteIn =
  ({ writes }: Metrics): OnWrite =>
  (kind, verb, outcome) =>
    writes.inc({ kind, verb, outcome })

export const onStartIn = ({ busWaitSeconds }: Metrics): NonNullable<InProcessOptions['onStart']> => {
  const ofSweep = busWaitSeconds.labels({ swept: 'true' })
  const ofOthers = busWaitSeconds.labels({ swept: 'false' })
  return (waitMs, { isSwept }) => (isSwept ? ofSweep : ofOthers).observe(waitMs / 1000)
}

export const countSpansIn =
  ({ spans }: Metrics): NonNullable<ExporterOptions['count']> =>
  (outcome, count) =>
    spans.inc({ outcome }, count)
