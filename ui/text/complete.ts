/** A schema as the API's document has it, as far as an editor needs it. */
export interface Schema {
  readonly type?: string
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}

export interface Suggestion {
  readonly label: string
  readonly type: string
  readonly description: string
  readonly insert: string
}

/** What may be written in the place of the text between `from` and `to`. */
export interface Suggestions {
  readonly from: number
  readonly to: number
  readonly options: readonly Suggestion[]
}

/** A key, or an item of a list, that what is below it belongs to; `id` tells two items of a list apart. */
interface Level {
  readonly column: number
  readonly key: string | undefined
  readonly id: string
}

const pathText = (levels: readonly Level[]): string => levels.map(({ id }) => id).join('/')

const lineParts = /^( *)((?:- +|-$)*)(?:([\w./-]+):(?: +(.*))?)?/

/** The levels of block YAML around each line, and the keys that stand at each; flow style and anchors are not followed. */
const readLines = (lines: readonly string[], at: number) => {
  let levels: Level[] = []
  let here: readonly Level[] = []
  let literalBelow: number | undefined
  let isLiteral = false
  const keys = new Map<string, string[]>()
  lines.forEach((line, index) => {
    const [, spaces = '', dashes = '', key, value = ''] = lineParts.exec(line) ?? []
    const isBlank = line.trim() === ''
    const isInLiteral = literalBelow !== undefined && (isBlank ? index !== at : spaces.length > literalBelow)
    if (isInLiteral) {
      if (index === at) isLiteral = true
      return
    }
    if (index !== at && (isBlank || line.trimStart().startsWith('#'))) return
    literalBelow = undefined
    let column = spaces.length
    for (const dash of dashes.match(/- */g) ?? []) {
      const under = column
      levels = levels.filter((one) => one.column < under || (one.column === under && one.key !== undefined))
      levels.push({ column, key: undefined, id: `[${index}:${column}]` })
      column += dash.length
    }
    const own = column
    levels = levels.filter((one) => one.column < own)
    if (index === at) here = [...levels]
    if (key === undefined) return
    const place = pathText(levels)
    if (index !== at) keys.set(place, [...(keys.get(place) ?? []), key])
    levels.push({ column, key, id: key })
    if (/^[|>][-+\d]*\s*$/.test(value)) literalBelow = spaces.length + dashes.length
  })
  return { levels: here, isLiteral, taken: keys.get(pathText(here)) ?? [] }
}

const schemaAt = (root: Schema, levels: readonly Level[]): Schema | undefined =>
  levels.reduce<Schema | undefined>(
    (schema, { key }) => (key === undefined ? schema?.items : schema?.properties?.[key]),
    root,
  )

const typeOf = ({ type, enum: values }: Schema): string => (values ? 'choice' : (type ?? ''))

/** What comes after a key, so that the next thing can be written at once. */
const afterKey = (schema: Schema, column: number): string =>
  schema.type === 'object'
    ? `:\n${' '.repeat(column + 2)}`
    : schema.type === 'array'
      ? `:\n${' '.repeat(column + 2)}- `
      : ': '

const valuesOf = ({ type, enum: values }: Schema): readonly string[] =>
  values?.map(String) ?? (type === 'boolean' ? ['true', 'false'] : [])

/** The fields, or the values, that the schema of a kind knows at the caret; undefined where it knows none. */
export const suggestionsAt = (text: string, caret: number, root: Schema): Suggestions | undefined => {
  const lines = text.split('\n')
  const at = text.slice(0, caret).split('\n').length - 1
  const start = text.lastIndexOf('\n', caret - 1) + 1
  const before = text.slice(start, caret)
  const { levels, isLiteral, taken } = readLines(lines, at)
  const [, head = '', key, word = ''] = /^((?: |- +)*)(?:([\w./-]+): +)?([\w./-]*)$/.exec(before) ?? []
  const isWhole =
    before === `${head}${key === undefined ? '' : before.slice(head.length, before.length - word.length)}${word}`
  if (isLiteral || !isWhole) return undefined
  const from = caret - word.length
  const schema = schemaAt(root, levels)
  const fits = ({ label }: { label: string }): boolean => label.toLowerCase().startsWith(word.toLowerCase())
  const field = key === undefined ? undefined : schema?.properties?.[key]
  const found: readonly Suggestion[] = field
    ? valuesOf(field).map((label) => ({ label, type: '', description: field.description ?? '', insert: label }))
    : key === undefined
      ? Object.entries(schema?.properties ?? {})
          .filter(([label]) => !taken.includes(label))
          .map(([label, one]) => ({
            label,
            type: typeOf(one),
            description: one.description ?? '',
            insert: `${label}${afterKey(one, head.length)}`,
          }))
      : []
  const options = found.filter(fits)
  return options.length === 0 ? undefined : { from, to: caret, options }
}
