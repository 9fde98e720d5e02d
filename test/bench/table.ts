import { median } from './numbers.ts'
import type { Goal, Row } from './row.ts'

/** One row over all rounds. */
export interface Line {
  readonly id: string
  readonly what: string
  readonly unit: string
  readonly values: readonly number[]
  readonly median: number
  readonly goal?: Goal
  /** Whether the goal is reached; absent where there is none. */
  readonly isMet?: boolean
}

const isReached = ({ atMost = Infinity, atLeast = -Infinity, always }: Goal, values: readonly number[]): boolean =>
  (always ? values : [median(values)]).every((value) => value <= atMost && value >= atLeast)

/** Rows of the same measurement become one line, in the order in which they first come. */
export const linesOf = (rows: readonly Row[]): Line[] =>
  [...Map.groupBy(rows, ({ id, what, unit }) => [id, what, unit].join('\n')).values()].flatMap((group) => {
    const [first] = group
    if (!first) return []
    const values = group.map(({ value }) => value)
    const { id, what, unit, goal } = first
    return { id, what, unit, values, median: median(values), ...(goal && { goal, isMet: isReached(goal, values) }) }
  })

const digits = (value: number): string => {
  if (Number.isInteger(value)) return String(value)
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2)
}

const rangeOf = (values: readonly number[]): string =>
  values.length < 2 ? '' : `${digits(Math.min(...values))} to ${digits(Math.max(...values))}`

const goalText = ({ atMost, atLeast }: Goal): string =>
  [atMost === undefined ? '' : `≤ ${digits(atMost)}`, atLeast === undefined ? '' : `≥ ${digits(atLeast)}`].join('')

/** What a line shows in each column. */
export const cellsOf = ({ id, what, unit, values, median, goal, isMet }: Line): string[] => [
  id,
  what,
  `${digits(median)} ${unit}`.trim(),
  rangeOf(values),
  goal ? goalText(goal) : '',
  isMet === undefined ? '' : isMet ? 'met' : 'LOST',
]

export const head = ['', 'measurement', 'median', 'range', 'goal', '']

/** The table as text, and under it the goals that are not reached. */
export const printed = (lines: readonly Line[]): string => {
  const rows = [head, ...lines.map(cellsOf)]
  const widths = head.map((_, column) => Math.max(...rows.map((cells) => (cells[column] ?? '').length)))
  const table = rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const lost = lines.filter(({ isMet }) => isMet === false)
  const goals = lines.filter(({ isMet }) => isMet !== undefined).length
  const closing =
    lost.length === 0
      ? [`All ${goals} goals are met.`]
      : [
          `${goals - lost.length} of ${goals} goals are met. We lose in:`,
          ...lost.map(
            ({ id, what, unit, median, goal = {} }) =>
              `  ${id} ${what}: ${`${digits(median)} ${unit}`.trim()}, goal ${goalText(goal)}`,
          ),
        ]
  return [...table, '', ...closing].join('\n')
}
