/** Edits (insert, remove, replace, swap neighbours) that make `a` of `b`. */
const distance = (a: string, b: string): number => {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row += 1) {
    const line = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1
      const swapped =
        row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
          ? (beforeLast[column - 2] ?? 0) + 1
          : Infinity
      line.push(Math.min((last[column] ?? 0) + 1, (line[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + cost, swapped))
    }
    beforeLast = last
    last = line
  }
  return last[b.length] ?? 0
}

const longest = 64

/** What somebody who typed `word` may have meant; undefined where nothing comes near. */
export const nearest = (word: string, known: readonly string[]): string | undefined => {
  if (word.length > longest) return undefined
  const limit = Math.max(1, Math.floor(word.length / 3))
  const typed = word.toLowerCase()
  const [best] = known
    .map((name) => ({ name, edits: distance(typed, name.toLowerCase().slice(0, longest)) }))
    .filter(({ edits }) => edits <= limit)
    .toSorted((a, b) => a.edits - b.edits)
  return best?.name
}
