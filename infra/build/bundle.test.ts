import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { bundle, programs } from './bundle.ts'

const folders = ['a', 'longer-name'].map((name) => mkdtempSync(join(tmpdir(), `bundle-${name}-`)))
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })))

const digests = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .toSorted()
      .map((file) => [relative(folder, file), createHash('sha256').update(readFileSync(file)).digest('hex')]),
  )

test('two builds give the same bytes, wherever they are written', async () => {
  for (const folder of folders) await bundle(undefined, folder)
  const [first = {}, second = {}] = folders.map(digests)
  expect(Object.keys(first)).toEqual(expect.arrayContaining(programs.map(({ output }) => output)))
  expect(second).toEqual(first)
}, 480_000) // Two builds of everything: 5 s, and many more on a machine that does other things, too.

test('no path of the machine is in a bundle', () => {
  const [folder = ''] = folders
  const root = join(import.meta.dirname, '../..')
  const telling = Object.keys(digests(folder)).filter((file) => readFileSync(join(folder, file), 'utf8').includes(root))
  expect(telling).toEqual([])
})
