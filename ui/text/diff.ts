export interface DiffLine {
  readonly sign: ' ' | '+' | '-'
  readonly text: string
}

/** Beyond this the table of all pairs would be felt; such texts are shown as replaced. */
const mostCells = 4_000_000

/** What changes from one text to another, line by line: the longest common part stays. */
export const diffLines = (before: string, after: string): readonly DiffLine[] => {
  const [a, b] = [before.split('\n'), after.split('\n')]
  const width = b.length + 1
  if (a.length * width > mostCells)
    return [...a.map((text): DiffLine => ({ sign: '-', text })), ...b.map((text): DiffLine => ({ sign: '+', text }))]
  const common = new Uint32Array((a.length + 1) * width)
  const at = (i: number, j: number): number => common[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const lines: DiffLine[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length)
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ sign: ' ', text: a[i] ?? '' })
      i += 1
      j += 1
    } else if (i < a.length && (j === b.length || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ sign: '-', text: a[i] ?? '' })
      i += 1
    } else {
      lines.push({ sign: '+', text: b[j] ?? '' })
      j += 1
    }
  return lines
}

/** Only what changes, with a little of what is around it; undefined where nothing does. */
export const changesIn = (lines: readonly DiffLine[], around = 2): readonly DiffLine[] | undefined => {
  if (lines.every(({ sign }) => sign === ' ')) return undefined
  const isNear = (index: number): boolean =>
    lines.slice(Math.max(0, index - around), index + around + 1).some(({ sign }) => sign !== ' ')
  return lines.filter((_, index) => isNear(index))
}
