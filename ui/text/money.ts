import type { Task } from '../api/types.ts'

export interface Usage {
  /** US dollars. */
  readonly cost: number
  readonly tokens: number
}

/** What Tasks have used, as far as their sessions tell. */
export const usageOf = (tasks: readonly Task[]): Usage => {
  let cost = 0
  let tokens = 0
  for (const { status } of tasks) {
    const { cost: text, tokenUsage: used } = status?.session?.summary ?? {}
    if (text !== undefined) cost += Number(text) || 0
    tokens += (used?.input ?? 0) + (used?.output ?? 0) + (used?.reasoning ?? 0)
  }
  return { cost, tokens }
}

/** Cents are read at a glance; of less than one the digits matter. */
export const costText = (dollars: number): string => `$${dollars.toFixed(dollars !== 0 && dollars < 0.01 ? 4 : 2)}`

const units = [
  { size: 1e9, sign: 'B' },
  { size: 1e6, sign: 'M' },
  { size: 1e3, sign: 'k' },
]

export const countText = (count: number): string => {
  const unit = units.find(({ size }) => count >= size)
  return unit ? `${(count / unit.size).toFixed(count / unit.size < 10 ? 1 : 0)}${unit.sign}` : String(count)
}
