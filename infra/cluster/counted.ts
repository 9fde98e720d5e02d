import { isTerminal } from '../../shared/errors.ts'
import type { Cluster } from '../../shared/ports.ts'

export type WriteVerb = 'create' | 'apply' | 'patch' | 'patch_status' | 'delete'

/** `exists`: a create that found the name taken. `pruned`: a status of which a field was not stored. `refused`: the apiserver said no. `failed`: it may work another time. */
export type WriteOutcome = 'done' | 'exists' | 'pruned' | 'refused' | 'failed'

export type OnWrite = (kind: string, verb: WriteVerb, outcome: WriteOutcome) => void

/** The same cluster, telling of each write how it went. */
export const counted = (cluster: Cluster, onWrite: OnWrite): Cluster => {
  const tell = async <T>(
    kind: string | undefined,
    verb: WriteVerb,
    write: Promise<T>,
    outcomeOf: (result: T) => WriteOutcome = () => 'done',
  ): Promise<T> => {
    try {
      const result = await write
      onWrite(kind ?? '', verb, outcomeOf(result))
      return result
    } catch (error) {
      onWrite(kind ?? '', verb, isTerminal(error) ? 'refused' : 'failed')
      throw error
    }
  }
  return {
    get: (ref) => cluster.get(ref),
    list: (kind, options) => cluster.list(kind, options),
    create: (object) => tell(object.kind, 'create', cluster.create(object), (isMade) => (isMade ? 'done' : 'exists')),
    apply: (object, options) => tell(object.kind, 'apply', cluster.apply(object, options)),
    patch: (ref, patch, version) => tell(ref.kind, 'patch', cluster.patch(ref, patch, version)),
    patchStatus: (ref, patch, version) =>
      tell(ref.kind, 'patch_status', cluster.patchStatus(ref, patch, version), ({ pruned }) =>
        pruned.length > 0 ? 'pruned' : 'done',
      ),
    remove: (ref, uid) => tell(ref.kind, 'delete', cluster.remove(ref, uid)),
  }
}
