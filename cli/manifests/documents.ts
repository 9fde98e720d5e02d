import type { Document, LineCounter, Node, ParsedNode } from 'yaml'
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter as Lines, parseAllDocuments } from 'yaml'
import type { ManifestFile } from './files.ts'

/** Where something stands in a file, counted from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** One object of a file. */
export interface ManifestObject {
  readonly file: string
  readonly object: Readonly<Record<string, unknown>>
  /** Of the field, or of the innermost thing around it that is there. */
  readonly positionOf: (field: string) => Position
}

/** What stands in a file and is no object. */
export interface FileFault {
  readonly file: string
  readonly position: Position
  readonly message: string
}

export interface Documents {
  readonly objects: readonly ManifestObject[]
  readonly faults: readonly FileFault[]
}

/** `spec.contexts[0].headers[x.y]` to its keys; the other way round than `fieldOf` of shared/field-path.ts. */
export const keysOf = (field: string): (string | number)[] =>
  [...field.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)].map(([, inBrackets, word]) =>
    inBrackets !== undefined && /^\d+$/.test(inBrackets) ? Number(inBrackets) : (inBrackets ?? word ?? ''),
  )

const child = (node: unknown, key: string | number, document: Document): { at: Node; value: unknown } | undefined => {
  const container = isAlias(node) ? node.resolve(document) : node
  if (isSeq(container) && typeof key === 'number') {
    const item = container.items[key]
    return isNode(item) ? { at: item, value: item } : undefined
  }
  if (!isMap(container)) return undefined
  const pair = container.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key))
  return pair && isNode(pair.key) ? { at: pair.key, value: pair.value } : undefined
}

const positionIn = (document: Document, root: Node, lines: LineCounter, field: string): Position => {
  let at: Node = root
  let value: unknown = root
  for (const key of keysOf(field)) {
    const next = child(value, key, document)
    if (!next) break
    at = next.at
    value = next.value
  }
  const { line, col } = lines.linePos(at.range?.[0] ?? 0)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

/**
 * As kubectl reads: YAML 1.1 without the forms that Go's reader leaves texts, which are times and numbers in base 60
 * (sigs.k8s.io/yaml).
 */
const readAs = {
  version: '1.1',
  customTags: (tags: readonly unknown[]) =>
    tags.filter((tag) => {
      const { tag: name = '', format } = tag as { tag?: string; format?: string }
      return name !== 'tag:yaml.org,2002:timestamp' && format !== 'TIME'
    }) as never,
} as const

/** Node `List` is a way to write several objects in one. */
const listItems = (root: ParsedNode, value: unknown): { node: Node; value: unknown }[] | undefined => {
  const { kind, items } = value as { kind?: unknown; items?: unknown }
  if (kind !== 'List' || !Array.isArray(items) || !isMap(root)) return undefined
  const list = root.get('items', true)
  if (!isSeq(list)) return undefined
  return list.items.flatMap((node, index) => (isNode(node) ? [{ node, value: items[index] as unknown }] : []))
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every object of a file, and what is wrong with the file itself. */
export const documentsOf = ({ name: file, text }: ManifestFile): Documents => {
  const lines = new Lines()
  const objects: ManifestObject[] = []
  const faults: FileFault[] = []
  const documents = parseAllDocuments(text, { ...readAs, lineCounter: lines, prettyErrors: false })
  for (const document of documents) {
    for (const { message, pos } of document.errors) {
      const { line, col } = lines.linePos(pos[0])
      faults.push({ file, position: { line, column: col }, message: `is no YAML: ${message.split('\n')[0]}` })
    }
    const root = document.contents
    if (document.errors.length > 0 || root === null || (isScalar(root) && root.value === null)) continue
    const add = (node: Node, value: unknown): void => {
      const positionOf = (field: string) => positionIn(document, node, lines, field)
      if (isRecord(value)) objects.push({ file, object: value, positionOf })
      else
        faults.push({ file, position: positionOf(''), message: 'is no object: write apiVersion, kind, metadata, spec' })
    }
    let value: unknown
    try {
      value = document.toJS({ maxAliasCount: 100 })
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      faults.push({ file, position: positionIn(document, root, lines, ''), message: `cannot be read: ${message}` })
      continue
    }
    const items = isRecord(value) ? listItems(root, value) : undefined
    if (items) for (const item of items) add(item.node, item.value)
    else add(root, value)
  }
  return { objects, faults }
}
