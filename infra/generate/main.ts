import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { crds } from './crds.ts'
import type { Output } from './output.ts'

/** Every topic that is generated. Each is a pure function of the code. */
const topics: readonly (() => Output[])[] = [crds]

const root = join(import.meta.dirname, '..', '..')

const isStale = async ({ path, content }: Output): Promise<boolean> =>
  (await readFile(join(root, path), 'utf8').catch(() => undefined)) !== content

const write = async ({ path, content }: Output): Promise<void> => {
  const file = join(root, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, content)
}

const outputs = topics.flatMap((topic) => topic())
const stale = (await Promise.all(outputs.map(async (output) => ((await isStale(output)) ? [output] : [])))).flat()

if (process.argv.includes('--check')) {
  for (const { path } of stale) console.error(`${path} is stale: run npm run generate`)
  process.exitCode = stale.length > 0 ? 1 : 0
} else {
  await Promise.all(stale.map(write))
  for (const { path } of stale) console.log(`wrote ${path}`)
}
