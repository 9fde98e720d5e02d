import type { EnvVar } from 'kubernetes-types/core/v1'
import { TRACES_SECRET } from './installation.ts'

/** What the controller reads of a collector of traces. */
export const tracesEnvironment = (collector: {
  readonly endpoint: string
  readonly resourceAttributes: string
}): EnvVar[] => [
  { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: collector.endpoint },
  {
    name: 'OTEL_EXPORTER_OTLP_HEADERS',
    valueFrom: { secretKeyRef: { name: TRACES_SECRET, key: 'headers', optional: true } },
  },
  { name: 'OTEL_RESOURCE_ATTRIBUTES', value: collector.resourceAttributes },
]
