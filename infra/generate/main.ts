/** Writes every generated file, or with --check names those that differ: `npx node infra/generate/main.ts [--check]`. */
import { join } from 'node:path'
import { helmChart } from './chart.ts'
import { crds } from './crds.ts'
import { manifests } from './manifests.ts'
import { monitoring } from './monitoring.ts'
import { openCodeConfig } from './opencode-config.ts'
import type { Output } from './output.ts'
import { leftOvers, removeOutput, staleOutputs, writeOutput } from './output.ts'
import { reference } from './reference.ts'

/** Every topic that is generated. Each is a pure function of the code. */
const topics: readonly (() => Output[])[] = [crds, openCodeConfig, manifests, helmChart, monitoring, reference]

const root = join(import.meta.dirname, '..', '..')

const outputs = topics.flatMap((topic) => topic())
const stale = await staleOutputs(outputs, root)
const left = await leftOvers(outputs, root)

if (process.argv.includes('--check')) {
  for (const { path } of stale) console.error(`${path} is stale: run npm run generate`)
  for (const path of left) console.error(`${path} is no longer generated: run npm run generate`)
  process.exitCode = stale.length + left.length > 0 ? 1 : 0
} else {
  await Promise.all(stale.map((output) => writeOutput(output, root)))
  await Promise.all(left.map((path) => removeOutput(path, root)))
  for (const { path } of stale) console.log(`wrote ${path}`)
  for (const path of left) console.log(`removed ${path}`)
}
