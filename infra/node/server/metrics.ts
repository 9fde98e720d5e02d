import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client'
import type { ApiDeps } from '../../../functions/api/app.ts'

/** What the server tells Prometheus. Labels are bounded: routes as they are in the table, never names. */
export const createServerMetrics = (): { registry: Registry; onAnswer: NonNullable<ApiDeps['onAnswer']> } => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'kubeopencode_server_' })
  const registers = [registry]
  const requests = new Counter({
    name: 'kubeopencode_server_requests_total',
    help: 'Requests answered, by method, route and status code.',
    labelNames: ['method', 'route', 'code'] as const,
    registers,
  })
  const seconds = new Histogram({
    name: 'kubeopencode_server_request_seconds',
    help: 'Time until an answer begins; a stream goes on after it.',
    labelNames: ['route'] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })
  return {
    registry,
    onAnswer: (answer) => {
      requests.inc({ method: answer.method, route: answer.route, code: answer.code })
      seconds.observe({ route: answer.route }, answer.seconds)
    },
  }
}
