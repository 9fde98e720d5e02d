import { plainText } from '../io.ts'
import { yamlText } from '../get/output.ts'
import { aligned } from '../get/table.ts'

/** One line of a description: a name and its value; what is undefined or empty is left out. */
export type Entry = readonly [label: string, value: string | number | boolean | undefined]

/** Column at which values begin, as in kubectl's descriptions. */
const valueColumn = 14

export const entries = (list: readonly Entry[]): string[] => {
  const shown = list.filter(([, value]) => value !== undefined && value !== '')
  const width = Math.max(valueColumn, ...shown.map(([label]) => label.length + 2))
  return shown.map(([label, value]) => {
    const [first = '', ...more] = plainText(String(value)).split('\n')
    const indent = ' '.repeat(width)
    return [`${`${label}:`.padEnd(width)}${first}`, ...more.map((line) => indent + line)].join('\n')
  })
}

export const indented = (lines: readonly string[], by = 2): string[] =>
  lines.flatMap((line) => line.split('\n')).map((line) => (line === '' ? '' : ' '.repeat(by) + line))

/** A heading with its lines below; nothing where there are none. */
export const section = (heading: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`${heading}:`, ...indented(lines)]

/** A table below a heading; nothing where it has no rows. */
export const tableSection = (
  heading: string,
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string[] =>
  rows.length === 0
    ? []
    : section(
        heading,
        aligned([header, ...rows].map((row) => row.map((cell) => plainText(cell).replaceAll('\n', ' ')))),
      )

export const yamlLines = (value: unknown): string[] => plainText(yamlText(value)).trimEnd().split('\n')
