import { readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readDashboard } from '../node/server/dashboard.ts'
import { bundlePage } from './page.ts'

const root = join(import.meta.dirname, '../..')
const folder = 'dist/test-ui'
const assets = join(root, folder, 'assets')

/** Of all that is loaded at first, with gzip. */
const budget = 60 * 1024
/** Of the terminal, which is loaded when somebody opens one. */
const terminalBudget = 120 * 1024

/** Files with those they cannot do without; what comes on demand is none of them. */
const withImports = (names: readonly string[]): ReadonlySet<string> => {
  const found = new Set<string>()
  const add = (name: string): void => {
    if (found.has(name)) return
    found.add(name)
    if (!name.endsWith('.js')) return
    const text = readFileSync(join(assets, name), 'utf8')
    for (const [, next = ''] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) add(next)
  }
  names.forEach(add)
  return found
}

const sizeOf = (names: Iterable<string>): number =>
  [...names].reduce((sum, name) => sum + gzipSync(readFileSync(join(assets, name))).length, 0)

beforeAll(() => bundlePage(root, 'ui/index.html', join(root, folder, 'index.html')))
afterAll(() => rmSync(join(root, folder), { recursive: true }))

test('the first load stays small', () => {
  const page = readFileSync(join(root, folder, 'index.html'), 'utf8')
  const first = withImports([...page.matchAll(/\/assets\/([^"]+)/g)].map(([, name = '']) => name))
  expect(sizeOf(first)).toBeLessThan(budget)
  expect([...first].some((name) => name.startsWith('screen-'))).toBe(false)
})

test('the terminal is no larger than its emulator has to be', () => {
  const screen = readdirSync(assets).filter((name) => name.startsWith('screen-'))
  expect(screen).toHaveLength(1)
  expect(sizeOf(screen)).toBeLessThan(terminalBudget)
})

test('the page leads to files that are there, and has no script or style of its own', () => {
  const dashboard = readDashboard([join(root, folder)])
  const named = [...(dashboard?.page ?? '').matchAll(/\{\{base\}\}\/assets\/([^"]+)/g)].map(([, name]) => name ?? '')
  expect(named).toHaveLength(3)
  for (const name of named) expect(dashboard?.files.has(name), name).toBe(true)
  expect(dashboard?.page).not.toMatch(/<style|style=|onload=|<script>/)
})

test('the script is ours and preact: no schemas come into the browser', () => {
  const text = readdirSync(join(root, folder, 'assets'))
    .map((name) => readFileSync(join(root, folder, 'assets', name), 'utf8'))
    .join('')
  expect(text).not.toMatch(/ZodError|\$ZodType/)
})
