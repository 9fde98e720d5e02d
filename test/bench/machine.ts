import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { sources } from '../../infra/local/programs.ts'

const git = (...args: readonly string[]): string => {
  try {
    return execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' }).trim()
  } catch {
    return 'unknown'
  }
}

export const machine = () => ({
  processors: cpus().length,
  model: cpus()[0]?.model ?? 'unknown',
  memoryGB: Math.round(totalmem() / 1e9),
  system: `${process.platform} ${release()}`,
})

export const versions = (): Record<string, string> => ({
  node: process.version,
  commit: git('rev-parse', '--short', 'HEAD'),
  uncommitted: git('status', '--porcelain') === '' ? 'no' : 'yes',
  ...Object.fromEntries(
    sources.filter(({ name }) => ['kubernetes', 'etcd'].includes(name)).map(({ name, version }) => [name, version]),
  ),
})

/** Runnable processes of the last minute. */
export const load = (): number => Math.round((loadavg()[0] ?? 0) * 10) / 10
