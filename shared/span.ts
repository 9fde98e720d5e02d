import { oneLine } from './one-line.ts'

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

/** Longest text of an error and of any other value, in characters. */
const longestError = 512
const longestValue = 256

const lineOf = (text: string, longest: number): string => oneLine(oneLine(text).slice(0, longest))

/** Cut, and on one line: what a container or a request says may be anything. */
export const errorLine = (text: string): string => lineOf(text, longestError)

/** Those that are known; texts as in errorLine. */
export const attributesOf = (
  attributes: Readonly<Record<string, string | number | boolean | undefined>>,
): Span['attributes'] =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) =>
      value === undefined || value === ''
        ? []
        : [[name, typeof value === 'string' ? lineOf(value, longestValue) : value]],
    ),
  )
