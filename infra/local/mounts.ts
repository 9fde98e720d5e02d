import { readFileSync } from 'node:fs'
import { run } from './run.ts'

/** /proc/self/mountinfo writes blanks and backslashes of a path in octal. */
const decoded = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))

/** Mount points at or below `dir`, the youngest first. */
export const mountsUnder = (dir: string): string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => decoded(line.split(' ')[4] ?? ''))
    .filter((path) => path === dir || path.startsWith(`${dir}/`))
    .toReversed()

export const unmountAll = async (dir: string): Promise<void> => {
  for (const path of mountsUnder(dir)) await run('umount', ['--lazy', path]).catch(() => '')
  const left = mountsUnder(dir)
  if (left.length) throw new Error(`${left.join(', ')} cannot be unmounted; unmount it and try again.`)
}
