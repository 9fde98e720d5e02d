import * as z from 'zod'
import { withRules } from './rules.ts'

const secondsIn: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9 }

const WHOLE = /^([0-9]+(\.[0-9]+)?(h|ms|m|s|us|µs|ns))+$/
const PART = /([0-9]+(?:\.[0-9]+)?)(h|ms|m|s|us|µs|ns)/g

/** A Go duration is 64 bits of nanoseconds; the apiserver's CEL cannot read a longer one. */
const LONGEST_SECONDS = 9_223_372_036

/**
 * Seconds of a duration in Go's form (`30m`, `1h30m`, `1.5s`; https://pkg.go.dev/time#ParseDuration, without a sign).
 * Undefined when the text is no such duration, is too long to be one, or is zero.
 */
export const durationSeconds = (text: string): number | undefined => {
  if (text.length > 32 || !WHOLE.test(text)) return undefined
  let seconds = 0
  for (const [, amount = '', unit = ''] of text.matchAll(PART)) seconds += Number(amount) * (secondsIn[unit] ?? 0)
  return seconds > 0 && seconds <= LONGEST_SECONDS ? seconds : undefined
}

export const Duration = withRules(z.string().max(32), {
  rule: `self.matches(r'${WHOLE.source}') && duration(self) > duration('0s')`,
  message: 'must be a duration greater than zero, such as 30s, 5m or 1h30m',
  holds: (text) => durationSeconds(text) !== undefined,
})
