import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { kinds } from '../crds/kinds.ts'
import { API_VERSION } from '../crds/names.ts'
import type { KubeObject } from '../shared/kubernetes.ts'
import { hooks } from '../webhooks/table.ts'

const folder = join(import.meta.dirname, '..', 'docs', 'examples')
const examples = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml'))
  .flatMap((file) =>
    parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document) => document.toJS() as KubeObject),
  )
  .filter(({ apiVersion }) => apiVersion === API_VERSION)
  .map((object) => ({ name: `${object.kind} ${object.metadata?.name}`, object }))

/** What admission has against it. */
const faultsOf = (object: KubeObject): unknown => {
  const hook = hooks.find(({ type, kind }) => type === 'validate' && kind === object.kind)
  return hook?.type === 'validate' ? hook.validate(object, undefined).faults : 'no hook'
}

describe('the examples of the docs are let in', () => {
  test.each(examples)('$name', ({ object }) => {
    expect(faultsOf(object)).toEqual([])
    expect(kinds.find(({ kind }) => kind === object.kind)?.object.safeParse(object)).toMatchObject({ success: true })
  })
})
