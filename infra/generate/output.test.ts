import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Output } from './output.ts'
import { GENERATED, leftOvers, removeOutput, staleOutputs, writeOutput } from './output.ts'

const outputs: Output[] = ['a.yaml', 'b.yaml'].map((name) => ({
  path: `made/${name}`,
  content: `${GENERATED}${name}\n`,
}))

let root: string
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'generate-'))
  await Promise.all(outputs.map((output) => writeOutput(output, root)))
})
afterEach(() => rmSync(root, { recursive: true }))

test('nothing is stale once it is written', async () => {
  expect(await staleOutputs(outputs, root)).toEqual([])
  expect(await leftOvers(outputs, root)).toEqual([])
})

test('an edited file and a missing one are stale', async () => {
  const more = { path: 'made/c.yaml', content: 'c' }
  await writeOutput({ path: 'made/a.yaml', content: 'edited' }, root)
  const stale = await staleOutputs([...outputs, more], root)
  expect(stale.map(({ path }) => path)).toEqual(['made/a.yaml', 'made/c.yaml'])
})

test('a file that nothing generates any more is found, one that was written by hand is left alone', async () => {
  await writeOutput({ path: 'made/notes.txt', content: 'by hand' }, root)
  expect(await leftOvers(outputs.slice(1), root)).toEqual(['made/a.yaml'])
  await removeOutput('made/a.yaml', root)
  expect(await leftOvers(outputs.slice(1), root)).toEqual([])
  expect(await readFile(join(root, 'made/notes.txt'), 'utf8')).toBe('by hand')
})
