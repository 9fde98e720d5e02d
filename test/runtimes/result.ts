/** What was seen of one target: seconds of a journey, or a number per Task. */
export interface Results {
  readonly note: (row: string, target: string, text: string) => void
  /** One row for each journey and measure, one column for each target. */
  readonly table: () => string
}

export const createResults = (): Results => {
  const cells = new Map<string, Map<string, string>>()
  const targets = new Set<string>()
  return {
    note: (row, target, text) => {
      targets.add(target)
      cells.set(row, (cells.get(row) ?? new Map<string, string>()).set(target, text))
    },
    table: () => {
      const columns = [...targets]
      const rows = [
        ['', ...columns],
        ...[...cells].map(([row, found]) => [row, ...columns.map((one) => found.get(one) ?? 'not run')]),
      ]
      const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
      return rows
        .map((row) =>
          row
            .map((cell, column) => cell.padEnd(widths[column] ?? 0))
            .join('  ')
            .trimEnd(),
        )
        .join('\n')
    },
  }
}
