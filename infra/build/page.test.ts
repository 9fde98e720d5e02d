import { readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readDashboard } from '../node/server/dashboard.ts'
import { bundlePage } from './page.ts'

const root = join(import.meta.dirname, '../..')
const folder = 'dist/test-ui'

/** Of all that is loaded at first, with gzip. The terminal and the editor are to come on demand. */
const budget = 60 * 1024

beforeAll(() => bundlePage(root, 'ui/index.html', `${folder}/index.html`))
afterAll(() => rmSync(join(root, folder), { recursive: true }))

test('the first load stays small', () => {
  const assets = join(root, folder, 'assets')
  const sizes = readdirSync(assets).map((name) => gzipSync(readFileSync(join(assets, name))).length)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(budget)
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
