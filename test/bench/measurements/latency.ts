import { percentile } from '../numbers.ts'
import type { Goal, Row } from '../row.ts'
import type { Scene } from '../scene.ts'

type Goals = Readonly<Partial<Record<50 | 95 | 99, Goal>>>

/** p50, p95 and p99 of milliseconds, a row each. */
export const latencyRows = (id: string, what: string, milliseconds: readonly number[], goals: Goals): Row[] =>
  ([50, 95, 99] as const).map((percent) => {
    const goal = goals[percent]
    const value = percentile(milliseconds, percent)
    return { id, what: `${what}, p${percent}`, unit: 'ms', value, ...(goal && { goal }) }
  })

/** Milliseconds from the answer to who made each Task to the news of its Pod. */
export const startWaits = ({ lives }: Scene, answeredAt: ReadonlyMap<string, number>): number[] =>
  [...lives].map(([task, { podCreatedAt = 0 }]) => podCreatedAt - (answeredAt.get(task) ?? 0))
