import type { Node } from '../../../crds/structural.ts'

/** Text as it may stand in a cell of a table. */
export const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;')

/** Code in a cell: GitHub reads `\|` as a bar even there. */
export const code = (text: string): string => {
  const safe = text.replaceAll('|', '\\|').replaceAll('\n', ' ')
  return safe.includes('`') ? `\`\` ${safe} \`\`` : `\`${safe}\``
}

/** The type in a word or two, as `kubectl explain` has it. */
export const typeOf = (node: Node): string => {
  if (node['x-kubernetes-int-or-string']) return 'integer or string'
  if (node['x-kubernetes-preserve-unknown-fields']) return node.type ?? 'anything'
  if (node.items) return `list of ${typeOf(node.items)}`
  if (node.additionalProperties) return `map of ${typeOf(node.additionalProperties)}`
  return node.format === undefined ? (node.type ?? 'anything') : node.format
}

type Bound =
  | 'minimum'
  | 'maximum'
  | 'minLength'
  | 'maxLength'
  | 'minItems'
  | 'maxItems'
  | 'minProperties'
  | 'maxProperties'

const pairs: readonly (readonly [low: Bound, high: Bound, unit: string])[] = [
  ['minimum', 'maximum', ''],
  ['minLength', 'maxLength', ' characters'],
  ['minItems', 'maxItems', ' items'],
  ['minProperties', 'maxProperties', ' entries'],
]

/** The widest int32: a bound that the format already says. */
const INT32 = 2 ** 31 - 1
const number = (value: number): string => value.toLocaleString('en-US')

const bounds = (node: Node): string[] =>
  pairs.flatMap(([low, high, unit]) => {
    const min = node[low]
    const max = high === 'maximum' && node[high] === INT32 ? undefined : node[high]
    if (min !== undefined && max !== undefined) return [`${number(min)} to ${number(max)}${unit}`]
    if (min !== undefined) return [`at least ${number(min)}${unit}`]
    return max === undefined ? [] : [`at most ${number(max)}${unit}`]
  })

/** Everything a value must satisfy, besides its type. A CEL rule is told in the sentence that the apiserver refuses it with. */
export const constraintsOf = (node: Node): string[] => [
  ...(node.enum ? [`one of ${node.enum.map((value) => code(String(value))).join(', ')}`] : []),
  ...bounds(node),
  ...(node.pattern === undefined ? [] : [`matches ${code(node.pattern)}`]),
  ...(node['x-kubernetes-list-type'] === 'set' ? ['each at most once'] : []),
  ...(node['x-kubernetes-list-map-keys']
    ? [`each with its own ${node['x-kubernetes-list-map-keys'].join(' and ')}`]
    : []),
  ...(node['x-kubernetes-validations'] ?? []).map(({ message }) => cell(message)),
  ...(node.items ? constraintsOf(node.items).map((rule) => `each: ${rule}`) : []),
  ...(node.additionalProperties ? constraintsOf(node.additionalProperties).map((rule) => `each value: ${rule}`) : []),
]
