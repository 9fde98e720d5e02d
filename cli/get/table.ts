/** What the apiserver makes of a collection for people (meta.k8s.io/v1 Table), as far as it is read. */
export interface Table {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string }
  readonly columnDefinitions?: readonly Column[]
  readonly rows?: readonly Row[]
}

interface Column {
  readonly name: string
  /** Above 0: only with -o wide. */
  readonly priority: number
}

export interface Row {
  readonly cells: readonly unknown[]
  readonly object: {
    readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion?: string }
  }
}

export const tableType = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'

export interface Look {
  readonly isWide: boolean
  readonly hasNamespace: boolean
  readonly hasHeader: boolean
  /** Put before each name, such as `task.kubeopencode.io/`, where several kinds are shown. */
  readonly prefix: string
}

/** Widths as kubectl lays its columns out (text/tabwriter with these numbers). */
const narrowest = 6
const gap = 3

/** One line, as kubectl cuts it, and nothing that a terminal would act on. */
const cellText = (cell: unknown): string => {
  if (cell === null || cell === undefined) return ''
  const text = typeof cell === 'string' ? cell : JSON.stringify(cell)
  const end = text.search(/[\f\n\r]/)
  return (end < 0 ? text : `${text.slice(0, end)}...`).replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ')
}

/** Columns that a terminal gives this character: East Asian wide ones take two. */
const widthOf = (text: string): number =>
  Array.from(text).reduce(
    (width, letter) =>
      width +
      (/\p{Mn}|\p{Me}/u.test(letter)
        ? 0
        : /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}]/u.test(
              letter,
            )
          ? 2
          : 1),
    0,
  )

/** Lines of cells with aligned columns; `widths` remembers them, so that later lines of a watch stand below the first. */
export const aligned = (lines: readonly (readonly string[])[], widths: number[] = []): string[] => {
  for (const line of lines)
    for (const [index, cell] of line.entries())
      widths[index] = Math.max(widths[index] ?? narrowest, widthOf(cell) + gap)
  return lines.map((line) =>
    line
      .map((cell, index) =>
        index === line.length - 1 ? cell : cell + ' '.repeat(Math.max(0, (widths[index] ?? 0) - widthOf(cell))),
      )
      .join(''),
  )
}

/** The table as kubectl prints it; the same columns, in the apiserver's order. */
export const tableLines = (
  { columnDefinitions = [], rows = [] }: Table,
  { isWide, hasNamespace, hasHeader, prefix }: Look,
  widths?: number[],
): string[] => {
  const shown = columnDefinitions.flatMap(({ priority }, index) => (priority === 0 || isWide ? [index] : []))
  const header = [
    ...(hasNamespace ? ['NAMESPACE'] : []),
    ...shown.map((index) => (columnDefinitions[index]?.name ?? '').toUpperCase()),
  ]
  const body = rows.map(({ cells, object }) => [
    ...(hasNamespace ? [object.metadata.namespace ?? ''] : []),
    ...shown.map((index) => (index === 0 ? prefix : '') + cellText(cells[index])),
  ])
  return aligned(hasHeader ? [header, ...body] : body, widths)
}
