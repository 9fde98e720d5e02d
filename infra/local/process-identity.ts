import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** /proc/<pid>/stat: the name may hold spaces and brackets, so fields are counted from its last bracket. */
const fromStat = (stat: string): string | undefined => {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state] = fields
  const startTicks = fields[19]
  return startTicks === undefined || state === 'Z' || state === 'X' ? undefined : startTicks.trim()
}

const linux = {
  fromRecord: fromStat,
  ofProcess(pid: number): string | undefined {
    try {
      return fromStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    } catch {
      return undefined
    }
  },
}

const elsewhere = {
  fromRecord: (text: string): string | undefined => text.trim() || undefined,
  ofProcess(pid: number): string | undefined {
    try {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined
    } catch {
      return undefined
    }
  },
}

/** When a process began: with its pid that names one process, so that a pid used again is never taken for ours. */
export const startIdentity = process.platform === 'linux' ? linux : elsewhere
