import { API_VERSION } from '../../crds/names.ts'
import { watch, WatchExpired, WatchRefused } from '../../infra/cluster/watch.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import type { Access } from '../cluster/access.ts'
import { refused } from '../cluster/refusals.ts'
import { CommandError, Interrupted } from '../errors.ts'
import type { Io } from '../io.ts'
import { print, warn } from '../io.ts'
import type { Output } from './output.ts'
import { asText, withoutManagers } from './output.ts'
import type { Table } from './table.ts'
import { tableLines, tableType } from './table.ts'
import type { Wanted } from './wanted.ts'
import { qualified } from './wanted.ts'

export interface WatchLook {
  readonly path: string
  readonly selectors: Readonly<Record<string, string>>
  readonly output: Output | undefined
  readonly hasNamespace: boolean
  readonly hasHeader: boolean
}

/** Prints what is there, then each change as another line, until the person ends it. */
export const watchCollection = async (
  io: Io,
  access: Access,
  { kind, names }: Wanted,
  { path, selectors, output, hasNamespace, hasHeader }: WatchLook,
): Promise<void> => {
  if (names && names.length > 1) throw new CommandError('--watch follows one object: name one')
  const [name] = names ?? []
  const query = new URLSearchParams({
    ...selectors,
    ...(name !== undefined && { fieldSelector: `metadata.name=${name}` }),
  })
  const collection = `${path}?${query}`
  const isTable = output === undefined || output === 'wide'
  const accept = isTable ? tableType : 'application/json'
  const widths: number[] = []
  let columns: Table['columnDefinitions']

  const show = (object: Table & KubeObject, isFirst: boolean): void => {
    if (output === 'name') return print(io, qualified(kind, object.metadata?.name ?? ''))
    if (output === 'json' || output === 'yaml') {
      const text = asText({ ...withoutManagers(object), apiVersion: API_VERSION, kind: kind.kind }, output)
      io.out.write(output === 'yaml' ? `---\n${text}` : text)
      return
    }
    // Only the first table of a stream says its columns.
    columns = object.columnDefinitions?.length ? object.columnDefinitions : columns
    if ((object.rows ?? []).length === 0) return
    const table: Table = { ...(columns && { columnDefinitions: columns }), rows: object.rows ?? [] }
    const look = { isWide: output === 'wide', hasNamespace, hasHeader: isFirst && hasHeader, prefix: '' }
    for (const line of tableLines(table, look, widths)) print(io, line)
  }

  let hasShown = false
  while (!io.interrupted.aborted) {
    const what = `cannot watch ${kind.plural}`
    const list = await access.api.ask<Table & { items?: KubeObject[] }>(what, 'GET', collection, {
      headers: { accept },
    })
    if (name !== undefined && !hasShown && (list?.rows ?? list?.items ?? []).length === 0)
      await access.api.need({ kind: kind.kind, name, namespace: access.namespace })
    const first = isTable ? [list as Table] : (list?.items ?? [])
    for (const one of first) show(one as Table & KubeObject, !hasShown)
    hasShown ||= first.some((one) => !isTable || ((one as Table).rows ?? []).length > 0)
    try {
      const changes = watch<Table & KubeObject>(access.connection, {
        path: collection,
        resourceVersion: list?.metadata?.resourceVersion ?? '',
        accept,
        signal: io.interrupted,
        onLost: () => warn(io, 'the watch was lost and is taken up again'),
      })
      for await (const { object } of changes) {
        show(object, !hasShown)
        hasShown = true
      }
    } catch (error) {
      if (error instanceof WatchRefused)
        throw refused({ code: error.code, message: messageOf(error.answer) }, what, access.caller, io.now())
      // What has changed meanwhile is not known one by one: it is all shown again.
      if (!(error instanceof WatchExpired)) throw error
    }
  }
  throw new Interrupted(io.interrupted.reason)
}

const messageOf = (answer: string): string => {
  try {
    return (JSON.parse(answer) as { message?: string }).message ?? answer
  } catch {
    return answer.slice(0, 200)
  }
}
