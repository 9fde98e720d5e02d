import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

/** What the container tells Prometheus. Labels are bounded: kinds and outcomes, never names. */
export const createMetrics = () => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'kubeopencode_' })
  const registers = [registry]
  return {
    registry,
    deliveries: new Counter({
      name: 'kubeopencode_deliveries_total',
      help: 'Hints handled, by kind and outcome (done, retry).',
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
      help: 'Writes to the apiserver, by the kind of the object that was looked at.',
      labelNames: ['kind'] as const,
      registers,
    }),
    scheduleRuns: new Counter({
      name: 'kubeopencode_schedule_runs_total',
      help: 'Runs of tick and sweep, by outcome (done, failed).',
      labelNames: ['schedule', 'outcome'] as const,
      registers,
    }),
    waitingKeys: (size: () => number) =>
      new Gauge({
        name: 'kubeopencode_bus_keys',
        help: 'Keys that wait on the bus or are under way.',
        registers,
        collect() {
          this.set(size())
        },
      }),
  }
}
export type Metrics = ReturnType<typeof createMetrics>
