import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'

interface Workflow {
  readonly permissions?: unknown
  readonly jobs: Readonly<
    Record<string, { readonly steps: readonly { readonly uses?: string; readonly run?: string }[] }>
  >
}

const root = join(import.meta.dirname, '../..')
const folder = join(root, '.github/workflows')
const files = readdirSync(folder)
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }

const isPinned = (uses: string): boolean => /@[0-9a-f]{40}$/.test(uses) || uses.startsWith('./')

describe.each(files)('%s', (file) => {
  const { permissions, jobs } = parse(readFileSync(join(folder, file), 'utf8')) as Workflow
  const steps = Object.values(jobs).flatMap((job) => job.steps)
  const runs = steps.flatMap(({ run }) => run ?? []).join('\n')

  test('has no rights but those that a job names', () => expect(permissions).toEqual({}))
  test('uses no action that could change under it', () =>
    expect(steps.flatMap(({ uses }) => uses ?? []).filter((uses) => !isPinned(uses))).toEqual([]))
  test('runs scripts that are there', () => {
    const named = [...runs.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, name = '']) => name)
    expect(named.length).toBeGreaterThan(2)
    expect(named.filter((name) => !(name in scripts))).toEqual([])
  })
  test('puts nothing from outside into a script as text', () => expect(runs).not.toContain('${{'))
})

test('an action by its tag is not pinned, one by its commit is', () => {
  expect(isPinned('actions/checkout@v5')).toBe(false)
  expect(isPinned(`actions/checkout@${'0a'.repeat(20)}`)).toBe(true)
})
