import { version } from '../../shared/images.ts'
import type { Span } from '../../shared/span.ts'

/** Of https://github.com/open-telemetry/opentelemetry-proto/blob/v1.11.0/opentelemetry/proto/trace/v1/trace.proto */
const kinds = { internal: 1, server: 2, client: 3 } as const
const failed = 2
/** Of the trace flags of W3C: whoever does not record is not told of. */
const sampled = 1

type Value = string | number | boolean

/** 64-bit numbers are texts, as in every JSON of protobuf. */
const valueOf = (value: Value) => {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}

const attributesOf = (attributes: Readonly<Record<string, Value>>) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }))

const nanoseconds = (time: Date): string => `${time.getTime()}000000`

const spanOf = ({ traceId, spanId, parentSpanId, name, kind, start, end, attributes, error }: Span) => ({
  traceId,
  spanId,
  ...(parentSpanId !== undefined && { parentSpanId }),
  flags: sampled,
  name,
  kind: kinds[kind],
  startTimeUnixNano: nanoseconds(start),
  endTimeUnixNano: nanoseconds(end),
  attributes: attributesOf(attributes),
  status: error === undefined ? {} : { code: failed, message: error },
})

/**
 * The request that brings spans to a collector, as JSON: ids are hexadecimal, and names of fields in lowerCamelCase.
 * https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export const exportRequest = (spans: readonly Span[], resource: Readonly<Record<string, string>>): object => ({
  resourceSpans: [
    {
      resource: { attributes: attributesOf(resource) },
      scopeSpans: [{ scope: { name: 'kubeopencode', version }, spans: spans.map(spanOf) }],
    },
  ],
})
