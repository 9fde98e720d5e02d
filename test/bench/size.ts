/** `npm run size`: how large each target's program is, how fast it is read and answers, and what it holds then, beside test/bench/size-budgets.json; exits with 1 where one is over. */
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { bundle, programs } from '../../infra/build/bundle.ts'
import { median } from './numbers.ts'
import budgets from './size-budgets.json' with { type: 'json' }
import type { Start } from './starts.ts'
import { startOf } from './starts.ts'

export interface Size {
  readonly name: string
  readonly bytes: number
  readonly gzipBytes: number
}

/** The most that a target may be; medians of some starts on a machine that does nothing else. */
interface Budget {
  readonly gzipKiB: number
  readonly importMs?: number
  readonly firstMs: number
  readonly rssMiB: number
}

/** Targets with a budget that infra/build/bundle.ts makes. */
export const budgeted = programs.map(({ name }) => name).filter((name): name is keyof typeof budgets => name in budgets)

/** Bundles a target and weighs it, with all its parts. */
export const sizeOf = async (name: string): Promise<Size & { readonly file: string }> => {
  const [file = ''] = await bundle([name])
  const parts = programs.some((program) => program.name === name && program.isSplit)
    ? (await readdir(join(dirname(file), 'parts'))).map((part) => join(dirname(file), 'parts', part))
    : []
  const codes = await Promise.all([file, ...parts].map((one) => readFile(one)))
  const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0)
  return {
    name,
    file,
    bytes: sum(codes.map((code) => code.length)),
    gzipBytes: sum(codes.map((code) => gzipSync(code).length)),
  }
}

/** A measure of a program and the most it may be. */
interface Measure {
  readonly what: string
  readonly value: number
  readonly most?: number | undefined
}

const cell = ({ value, most }: Measure): string =>
  most === undefined ? String(Math.round(value)) : `${Math.round(value)} of ${most}`

if (import.meta.main) {
  const { values } = parseArgs({ options: { runs: { type: 'string', default: '7' } } })
  const rows: Record<string, string>[] = []
  for (const name of budgeted) {
    const { file, bytes, gzipBytes } = await sizeOf(name)
    const budget: Budget = budgets[name]
    const begun: Start[] = []
    for (let at = 0; at < Number(values.runs); at += 1) begun.push(await startOf(name, file))
    const imports = begun.flatMap(({ importMs }) => importMs ?? [])
    const measures: Measure[] = [
      { what: 'KiB', value: bytes / 1024 },
      { what: 'gzip KiB', value: gzipBytes / 1024, most: budget.gzipKiB },
      ...(imports.length > 0 ? [{ what: 'import ms', value: median(imports), most: budget.importMs }] : []),
      { what: 'first answer ms', value: median(begun.map(({ firstMs }) => firstMs)), most: budget.firstMs },
      { what: 'RSS MiB', value: median(begun.map(({ rss }) => rss)) / 2 ** 20, most: budget.rssMiB },
    ]
    const over = measures.filter(({ value, most = Infinity }) => !(value <= most))
    if (over.length > 0) process.exitCode = 1
    rows.push({
      target: name,
      ...Object.fromEntries(measures.map((measure) => [measure.what, cell(measure)])),
      verdict: over.length > 0 ? `OVER: ${over.map(({ what }) => what).join(', ')}` : 'ok',
    })
  }
  console.table(rows)
}
