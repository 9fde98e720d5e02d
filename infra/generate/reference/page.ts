import { customResourceDefinition } from '../../../crds/crd.ts'
import type { KindName } from '../../../crds/kinds.ts'
import type { Kind } from '../../../crds/kind.ts'
import { API_VERSION } from '../../../crds/names.ts'
import { eventReasons } from '../../../crds/reasons.ts'
import type { Node } from '../../../crds/structural.ts'
import { cell, code, constraintsOf, typeOf } from './constraints.ts'
import { conditions } from './words.ts'

/** A table of Markdown. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

type Field = { readonly path: string; readonly node: Node; readonly isRequired: boolean }

/** The fields of an object, and of the items of a list and the values of a map. */
const below = (node: Node, path: string): readonly Field[] => {
  if (node.items) return below(node.items, `${path}[]`)
  if (node.additionalProperties) return below(node.additionalProperties, `${path}.*`)
  return Object.entries(node.properties ?? {}).map(([key, child]) => ({
    path: `${path}.${key}`,
    node: child,
    isRequired: node.required?.includes(key) ?? false,
  }))
}

const deep = (node: Node, path: string): Field[] =>
  below(node, path).flatMap((field) => [field, ...deep(field.node, field.path)])

const row = ({ path, node, isRequired }: Field): string[] => {
  const rules = constraintsOf(node)
  return [
    code(path),
    typeOf(node),
    isRequired ? 'required' : node.default === undefined ? '' : code(JSON.stringify(node.default)),
    [cell(node.description ?? ''), ...(rules.length > 0 ? [`*${rules.join('; ')}*`] : [])].join(' '),
  ]
}

const head = ['field', 'type', 'default', 'what it is, *and what holds for it*']

/** A table of the fields at hand, then one for each of them that has fields of its own. */
const section = (name: string, node: Node): string[] => {
  const fields = below(node, name)
  const nested = fields.filter((field) => deep(field.node, field.path).length > 0)
  const rules = node['x-kubernetes-validations'] ?? []
  return [
    `## ${name}`,
    cell(node.description ?? ''),
    ...(rules.length > 0 ? [rules.map(({ message }) => `- ${cell(message)}`).join('\n')] : []),
    table(head, fields.map(row)),
    ...nested.flatMap((field) => [
      `### ${field.path}`,
      cell(field.node.description ?? ''),
      table(head, deep(field.node, field.path).map(row)),
    ]),
  ]
}

/** All there is to know of the fields of a kind, as Markdown. */
export const kindPage = (kind: Kind & { readonly kind: KindName }): string => {
  const { spec } = customResourceDefinition(kind)
  const [version] = spec.versions
  const { spec: wanted, status } = version?.schema.openAPIV3Schema.properties ?? {}
  if (!version || !wanted || !status) throw new Error(`${kind.kind} has no version with spec and status`)
  const rules = version.schema.openAPIV3Schema['x-kubernetes-validations'] ?? []
  const events = Object.entries(eventReasons).find(([name]) => name === kind.kind)?.[1] ?? {}
  return [
    `# ${kind.kind}`,
    cell(kind.description),
    table(
      ['apiVersion', 'kind', 'names for kubectl', 'scope', 'categories', 'field selectors'],
      [
        [
          code(API_VERSION),
          code(kind.kind),
          [kind.plural, kind.singular, ...kind.shortNames].map(code).join(', '),
          kind.scope,
          kind.categories.map(code).join(', '),
          kind.selectableFields.map((path) => code(path.slice(1))).join(', '),
        ],
      ],
    ),
    ...(rules.length > 0 ? ['## Rules', rules.map(({ message }) => `- ${cell(message)}`).join('\n')] : []),
    ...section('spec', wanted),
    ...section('status', status),
    '## Conditions',
    table(
      ['type', 'meaning', 'reasons'],
      Object.entries(conditions[kind.kind]).map(([type, { meaning, reasons }]) => [
        code(type),
        cell(meaning),
        [...reasons].map(code).join(', '),
      ]),
    ),
    ...(Object.keys(events).length > 0 ? ['## Events', Object.keys(events).map(code).join(', ')] : []),
    '## Columns',
    table(
      ['column', 'shows', 'from'],
      kind.columns.map(({ name, jsonPath, description, wide }) => [
        wide ? `${name} (with \`-o wide\`)` : name,
        cell(description),
        code(jsonPath),
      ]),
    ),
  ].join('\n\n')
}
