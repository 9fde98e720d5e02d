import { percentile } from '../numbers.ts'
import type { Goal, Row } from '../row.ts'

type Goals = Readonly<Partial<Record<50 | 95 | 99, Goal>>>

/** p50, p95 and p99 of milliseconds, a row each. */
export const latencyRows = (id: string, what: string, milliseconds: readonly number[], goals: Goals): Row[] =>
  ([50, 95, 99] as const).map((percent) => {
    const goal = goals[percent]
    const value = percentile(milliseconds, percent)
    return { id, what: `${what}, p${percent}`, unit: 'ms', value, ...(goal && { goal }) }
  })
