import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { hooks } from './table.ts'

const folder = join(import.meta.dirname, '../docs/examples')

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string }
}

const own = new Set(hooks.flatMap(({ type, kind }) => (type === 'validate' ? [kind] : [])))
const examples = readdirSync(folder, { recursive: true })
  .map(String)
  .filter((path) => path.endsWith('.yaml'))
  .flatMap((path) =>
    parseAllDocuments(readFileSync(join(folder, path), 'utf8')).map((document) => ({
      path,
      manifest: document.toJS() as Manifest,
    })),
  )
  .filter(({ manifest }) => own.has(manifest.kind as never))

/** As admission judges it: defaults first. */
const judged = (manifest: Manifest) => {
  const object = { ...manifest, metadata: { namespace: 'default', ...manifest.metadata } }
  const of = (type: 'mutate' | 'validate') => hooks.find((hook) => hook.type === type && hook.kind === manifest.kind)
  const mutating = of('mutate')
  const validating = of('validate')
  const defaulted: unknown = mutating?.type === 'mutate' ? mutating.mutate(object) : object
  if (validating?.type !== 'validate') throw new Error(`${manifest.kind} is not validated`)
  return validating.validate(defaulted)
}

describe('the examples of the documentation', () => {
  test('are there', () => {
    expect(examples.map(({ path }) => path)).toContain('git-sync/rollout.yaml')
  })

  test.each(examples)('$path $manifest.kind $manifest.metadata.name', ({ manifest }) => {
    const { faults, warnings } = judged(manifest)
    expect({ faults, warnings }).toEqual({ faults: [], warnings: [] })
  })
})
