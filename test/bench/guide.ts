import type { Line } from './table.ts'
import { cellsOf, head } from './table.ts'

const begin = '<!-- figures: npm run bench -- --write -->'
const end = '<!-- end of the figures -->'

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

/** The page with its table made anew from `lines`; `about` says on what they were measured. Throws where the page has no place for it. */
export const withFigures = (page: string, lines: readonly Line[], about: string): string => {
  const [before, rest] = page.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined)
    throw new Error(`the page has no place between "${begin}" and "${end}"`)
  const table = [row(head), row(head.map(() => '---')), ...lines.map((line) => row(cellsOf(line)))]
  return [`${before}${begin}`, about, '', ...table, `${end}${after}`].join('\n')
}
