import type { ContextItem } from '../../crds/context.ts'
import type { SyncReport } from '../../shared/sync-report.ts'
import { at } from './time.ts'

/** Three commits, oldest first. */
export const commits = ['a'.repeat(40), 'b'.repeat(40), 'c'.repeat(40)] as const

interface Following {
  readonly name?: string
  readonly mountPath?: string
  readonly interval?: string
  readonly path?: string
  readonly secretRef?: { readonly name: string }
}

/** A Git context that follows its remote, as admission leaves it. */
export const followedContext = (
  policy: 'HotReload' | 'Rollout',
  { name = 'config', mountPath = 'config/', interval = '5m', ...git }: Following = {},
): ContextItem => ({
  name,
  type: 'Git',
  mountPath,
  fileMode: 0o644,
  git: {
    repository: 'https://git.example/config.git',
    ref: 'main',
    depth: 1,
    recurseSubmodules: false,
    sync: { enabled: true, interval, policy },
    ...git,
  },
})

/** What git-sync says where the agent sees the first commit and the remote has `head`. */
export const report = (head: string = commits[0], more: Partial<SyncReport> = {}): SyncReport => ({
  commit: commits[0],
  syncedAt: at(-600),
  head,
  nextInSeconds: 100,
  ...more,
})
