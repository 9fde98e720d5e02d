import type { GitSyncs, Log, Sessions } from '../../shared/ports.ts'

/** A world in which nobody answers and nothing is written down, for functions that run in this program. */
export const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

export const noGitSyncs: GitSyncs = { read: async () => undefined }

export const noSessions: Sessions = {
  find: async () => undefined,
  abort: async () => true,
  asking: async () => [],
  tell: async () => 'late',
}
