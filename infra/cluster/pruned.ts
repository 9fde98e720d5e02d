import { olderDefinition } from '../../shared/errors.ts'
import type { Cluster, Log } from '../../shared/ports.ts'

const againMs = 3600_000

/** The same cluster, telling of each field of a status that is not stored, once an hour. `told` says when, and may outlive it. */
export const tellingPruned = (
  cluster: Cluster,
  log: Log,
  now: () => number,
  told = new Map<string, number>(),
): Cluster => ({
  ...cluster,
  patchStatus: async (ref, patch, version) => {
    const stored = await cluster.patchStatus(ref, patch, version)
    for (const field of stored.pruned) {
      const id = `${ref.kind} ${field}`
      const last = told.get(id)
      if (last !== undefined && now() - last < againMs) continue
      told.set(id, now())
      log.warn(`a field of a status is not stored${olderDefinition}`, { kind: ref.kind, field })
    }
    return stored
  },
})
