/** What of a JSON schema is told of a value. */
export interface ValueNode {
  readonly description?: string
  readonly properties?: Readonly<Record<string, ValueNode>>
}

/** A cell may hold no bar of its own. */
const cell = (text: string): string => text.replaceAll('|', String.raw`\|`)

const rows = (path: string, node: ValueNode, value: unknown): string[] => {
  const { description = '', properties } = node
  const isGroup = typeof value === 'object' && value !== null
  const known = Object.entries(properties ?? {}).filter(([name]) => isGroup && Object.hasOwn(value, name))
  if (known.length === 0) return [`| \`${path}\` | \`${cell(JSON.stringify(value))}\` | ${cell(description)} |`]
  return [
    ...(description === '' ? [] : [`| \`${path}\` | | ${cell(description)} |`]),
    ...known.flatMap(([name, child]) => rows(`${path}.${name}`, child, (value as Record<string, unknown>)[name])),
  ]
}

/** A Markdown table of every value: its path, its default, and what it is for. */
export const valuesTable = (schema: ValueNode, defaults: Readonly<Record<string, unknown>>): string =>
  [
    '| value | default | |',
    '|---|---|---|',
    ...Object.entries(schema.properties ?? {})
      .filter(([name]) => Object.hasOwn(defaults, name))
      .flatMap(([name, node]) => rows(name, node, defaults[name])),
    '',
  ].join('\n')
