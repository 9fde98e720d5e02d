import type { Hint } from '../../shared/hint.ts'
import { keyText } from '../../shared/hint.ts'
import type { Asked, Log, Sessions } from '../../shared/ports.ts'
import type { Deps } from '../../shared/reconcile.ts'
import type { SyncReport } from '../../shared/sync-report.ts'
import type { MemoryCluster } from './memory-cluster.ts'
import { testPasswords } from './passwords.ts'
import { now } from './time.ts'

export interface RecordedDeps extends Deps {
  readonly cluster: MemoryCluster
  /** Keys that were published, and sessions that were ended, in their order. */
  readonly published: string[]
  /** The same as they were published. */
  readonly hints: Hint[]
  readonly aborted: string[]
  /** What agents were told: the question's id and the verdict. */
  readonly told: string[]
  readonly warnings: string[]
  /** What the git-sync at a port says. */
  readonly reports: Map<number, SyncReport>
  /** Milliseconds slept. */
  readonly slept: number[]
  /** What agents wait to be told; one that is told goes on. */
  asking: readonly Asked[] | 'unreachable'
  /** The time that `clock` tells. */
  time: Date
}

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** Everything the spine needs, writing down what happens. */
export const recordedDeps = (cluster: MemoryCluster, sessions: Partial<Sessions> = {}): RecordedDeps => {
  const published: string[] = []
  const hints: Hint[] = []
  const aborted: string[] = []
  const told: string[] = []
  const warnings: string[] = []
  const slept: number[] = []
  const deps: RecordedDeps = {
    cluster,
    published,
    hints,
    aborted,
    told,
    warnings,
    slept,
    asking: [],
    time: now,
    sessions: {
      find: async () => undefined,
      abort: async (_server, title) => {
        aborted.push(title)
        return true
      },
      asking: async () => deps.asking,
      tell: async (_server, { id }, { verdict, text }) => {
        if (deps.asking === 'unreachable') return 'unreachable'
        if (!deps.asking.some((one) => one.id === id)) return 'late'
        told.push([id, verdict, ...(text === undefined ? [] : [text])].join(' '))
        deps.asking = deps.asking.filter((one) => one.id !== id)
        return 'told'
      },
      ...sessions,
    },
    passwords: testPasswords,
    gitSyncs: { read: async ({ port }) => deps.reports.get(port) },
    reports: new Map(),
    bus: {
      publish: async (hint) => {
        published.push(keyText(hint.key))
        hints.push(hint)
      },
    },
    clock: {
      now: () => deps.time,
      sleep: async (milliseconds) => void slept.push(milliseconds),
    },
    log: { ...silent, warn: (message) => void warnings.push(message) },
  }
  return deps
}
