import { API_VERSION } from '../../crds/names.ts'
import { pathOf } from '../../infra/cluster/rest.ts'
import type { KubeObject, Objects } from '../../shared/kubernetes.ts'
import { resources } from '../../shared/kubernetes.ts'
import type { Access, ClusterOptions } from '../cluster/access.ts'
import { openCluster } from '../cluster/access.ts'
import { pageSize } from '../cluster/api.ts'
import type { NamedKind } from '../cluster/kinds.ts'
import { kindOf } from '../cluster/kinds.ts'
import { CommandError, UsageError } from '../errors.ts'
import type { Io } from '../io.ts'
import { print, say } from '../io.ts'
import { asText, documentOf, outputOf, outputs, withoutManagers } from './output.ts'
import type { Output } from './output.ts'
import type { Row, Table } from './table.ts'
import { tableLines, tableType } from './table.ts'
import type { Wanted } from './wanted.ts'
import { qualified, wantedOf } from './wanted.ts'
import { watchCollection } from './watch.ts'

export interface GetOptions extends ClusterOptions {
  readonly allNamespaces?: boolean
  readonly selector?: string
  readonly fieldSelector?: string
  readonly output?: string
  readonly watch?: boolean
  readonly headers: boolean
}

/** One kind on its way to be printed. */
interface Shown {
  readonly kind: NamedKind
  readonly table: Table
}

const selectors = ({ selector, fieldSelector }: GetOptions): Record<string, string> => ({
  ...(selector !== undefined && { labelSelector: selector }),
  ...(fieldSelector !== undefined && { fieldSelector }),
})

const scopeOf = ({ kind }: NamedKind, { allNamespaces }: GetOptions, { namespace }: Access): string | undefined =>
  resources[kind].namespaced && allNamespaces !== true ? namespace : undefined

const collection = async (access: Access, kind: NamedKind, options: GetOptions): Promise<Table> => {
  const rows: Row[] = []
  let table: Table = {}
  let next: string | undefined
  do {
    const query = new URLSearchParams({
      limit: String(pageSize),
      ...selectors(options),
      ...(next && { continue: next }),
    })
    const path = `${pathOf(kind.kind, scopeOf(kind, options, access))}?${query}`
    table =
      (await access.api.ask<Table>(`cannot list ${kind.plural}`, 'GET', path, { headers: { accept: tableType } })) ?? {}
    rows.push(...(table.rows ?? []))
    next = table.metadata?.continue
  } while (next)
  return { ...table, rows }
}

/** Each by its name; what is missing is told after what is there. */
const named = async (access: Access, kind: NamedKind, names: readonly string[]) => {
  const tables: Table[] = []
  const failures: CommandError[] = []
  const { namespace } = access
  for (const name of names) {
    const where = resources[kind.kind].namespaced ? namespace : undefined
    const what = `cannot read ${kind.kind} ${name}`
    const found = await access.api.ask<Table>(what, 'GET', pathOf(kind.kind, where, name), {
      headers: { accept: tableType },
    })
    if (found) tables.push(found)
    else
      await access.api
        .need({ kind: kind.kind, name, ...(where !== undefined && { namespace: where }) })
        .catch((error: unknown) => {
          if (!(error instanceof CommandError)) throw error
          failures.push(error)
        })
  }
  return { table: { ...tables[0], rows: tables.flatMap(({ rows = [] }) => rows) }, failures }
}

const typed = <T extends KubeObject>({ kind }: NamedKind, object: T): T => ({
  ...withoutManagers(object),
  apiVersion: API_VERSION,
  kind,
})

const objectsOf = async (access: Access, { kind, names }: Wanted, options: GetOptions): Promise<KubeObject[]> => {
  const namespace = scopeOf(kind, options, access)
  const scope = namespace === undefined ? {} : { namespace }
  const found: readonly Objects[typeof kind.kind][] = names
    ? await Promise.all(names.map((name) => access.api.need({ kind: kind.kind, name, ...scope })))
    : await access.api.list(kind.kind, { ...scope, ...selectors(options) })
  return found.map((object) => typed(kind, object as KubeObject))
}

const printObjects = (
  io: Io,
  objects: readonly KubeObject[],
  output: 'json' | 'yaml' | 'name',
  isOne: boolean,
): void => {
  if (output !== 'name') {
    io.out.write(asText(documentOf(objects, isOne), output))
    return
  }
  for (const { kind = '', metadata } of objects) print(io, qualified(kindOf(kind), metadata?.name ?? ''))
}

const printTables = (io: Io, all: readonly Shown[], options: GetOptions, output: Output | undefined): void => {
  const filled = all.filter(({ table }) => (table.rows ?? []).length > 0)
  for (const [index, { kind, table }] of filled.entries()) {
    if (index > 0) print(io)
    const lines = tableLines(table, {
      isWide: output === 'wide',
      hasNamespace: options.allNamespaces === true && resources[kind.kind].namespaced,
      hasHeader: options.headers,
      prefix: all.length > 1 ? qualified(kind, '') : '',
    })
    io.out.write(`${lines.join('\n')}\n`)
  }
}

const nothingFound = ({ namespace }: Access, { allNamespaces, selector, fieldSelector }: GetOptions): string => {
  const where = allNamespaces ? '' : ` in namespace ${namespace}; -A looks into all of them`
  return selector !== undefined || fieldSelector !== undefined
    ? `Nothing is selected${where}.`
    : `There is nothing${where}.`
}

const checked = (words: readonly string[], options: GetOptions): readonly Wanted[] => {
  const wanted = wantedOf(words)
  const hasNames = wanted.some(({ names }) => names !== undefined)
  if (hasNames && options.selector !== undefined)
    throw new UsageError('a name and --selector are two ways to choose: use one')
  if (hasNames && options.fieldSelector !== undefined)
    throw new UsageError('a name and --field-selector are two ways to choose: use one')
  if (hasNames && options.allNamespaces) throw new UsageError('a name belongs to one namespace: use -n instead of -A')
  if (options.watch && wanted.length > 1) throw new UsageError('--watch follows one kind, or one object of it')
  return wanted
}

export const get = async (io: Io, words: readonly string[], options: GetOptions): Promise<void> => {
  const output = outputOf(options.output, outputs)
  const wanted = checked(words, options)
  const access = await openCluster(options, io)
  const [first] = wanted
  if (options.watch && first)
    return watchCollection(io, access, first, {
      path: pathOf(first.kind.kind, scopeOf(first.kind, options, access)),
      selectors: selectors(options),
      output,
      hasNamespace: options.allNamespaces === true && resources[first.kind.kind].namespaced,
      hasHeader: options.headers,
    })
  if (output === 'json' || output === 'yaml' || output === 'name') {
    const objects = (await Promise.all(wanted.map((one) => objectsOf(access, one, options)))).flat()
    if (objects.length === 0 && output === 'name') say(io, nothingFound(access, options))
    printObjects(io, objects, output, wanted.length === 1 && first?.names?.length === 1)
    return
  }
  const failures: CommandError[] = []
  const shown: Shown[] = []
  for (const { kind, names } of wanted) {
    if (!names) {
      shown.push({ kind, table: await collection(access, kind, options) })
      continue
    }
    const found = await named(access, kind, names)
    shown.push({ kind, table: found.table })
    failures.push(...found.failures)
  }
  printTables(io, shown, options, output)
  if (failures.length > 0) throw new CommandError(failures.map(({ message }) => message).join('\n'))
  if (shown.every(({ table }) => (table.rows ?? []).length === 0)) say(io, nothingFound(access, options))
}
