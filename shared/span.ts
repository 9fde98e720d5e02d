/**
 * A stretch of work that is over, as OpenTelemetry's tracing API means it:
 * https://opentelemetry.io/docs/specs/otel/trace/api/#span. It is made of what is known anyway, after the fact.
 */
export interface Span {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits, the same for the same stretch whoever tells of it. */
  readonly spanId: string
  readonly parentSpanId?: string
  /** From a closed set, or with the name of an Agent in it. */
  readonly name: string
  /** Whether it was asked for from outside (server), asks somebody else (client), or neither. */
  readonly kind: 'internal' | 'server' | 'client'
  readonly start: Date
  readonly end: Date
  /** Names are those of the semantic conventions where there is one. */
  readonly attributes: Readonly<Record<string, string | number | boolean>>
  /** One sentence, where it did not end well. */
  readonly error?: string
}
