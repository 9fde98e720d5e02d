/** `npm run size`: how large each target's program is and how fast it is there, beside test/bench/size-budgets.json; exits with 1 where one is over. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { parseArgs, promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { bundle, programs } from '../../infra/build/bundle.ts'
import budgets from './size-budgets.json' with { type: 'json' }

export interface Size {
  readonly name: string
  readonly bytes: number
  readonly gzipBytes: number
}

/** Targets with a budget that infra/build/bundle.ts makes. */
export const budgeted = programs.map(({ name }) => name).filter((name): name is keyof typeof budgets => name in budgets)

/** Bundles a target and weighs it. */
export const sizeOf = async (name: string): Promise<Size & { readonly file: string }> => {
  const [file = ''] = await bundle([name])
  const code = await readFile(file)
  return { name, file, bytes: code.length, gzipBytes: gzipSync(code).length }
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN

const run = promisify(execFile)
const measured = `
const before = performance.now()
await import(process.argv[1])
const importMs = performance.now() - before
console.log(JSON.stringify({ importMs, rss: process.memoryUsage.rss() }))
process.exit(0)`

interface Start {
  readonly importMs: number
  readonly rss: number
}

/** What a fresh process needs to read the program. */
const startOf = async (file: string): Promise<Start> => {
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', measured, file], { env: {} })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Start
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { runs: { type: 'string', default: '7' } } })
  const rows: Record<string, unknown>[] = []
  for (const name of budgeted) {
    const { file, bytes, gzipBytes } = await sizeOf(name)
    const budget = budgets[name]
    // The container's program begins to serve when it is read; it is measured by npm run bench.
    const starts: Start[] = []
    if (name.startsWith('lambda')) for (let at = 0; at < Number(values.runs); at += 1) starts.push(await startOf(file))
    const importMs = median(starts.map((start) => start.importMs))
    const isOver = gzipBytes > budget.gzipKiB * 1024 || ('importMs' in budget && importMs > budget.importMs)
    if (isOver) process.exitCode = 1
    rows.push({
      target: name,
      KiB: Math.round(bytes / 1024),
      'gzip KiB': Math.round(gzipBytes / 1024),
      'of KiB': budget.gzipKiB,
      ...(starts.length > 0 && {
        'import ms': Math.round(importMs),
        'of ms': 'importMs' in budget ? budget.importMs : undefined,
        'RSS MiB': Math.round(median(starts.map(({ rss }) => rss)) / 2 ** 20),
      }),
      verdict: isOver ? 'OVER' : 'ok',
    })
  }
  console.table(rows)
}
