import { sentenceOf } from '../../shared/errors.ts'
import { isSame } from '../../shared/merge-patch.ts'
import type { Cluster, Log, ServerPasswords } from '../../shared/ports.ts'
import { passwordsFrom } from '../../shared/server-passwords.ts'
import { serverKey } from './key.ts'

export interface KeptPasswords extends ServerPasswords {
  /** Compares the Secret with the key in use; gives nothing and never throws, for there is a next time. */
  readonly look: () => Promise<void>
}

/**
 * Passwords of a process that lasts. Copies that run must have one key, or each would say that the other's servers have a
 * wrong password: a Secret that is gone is put back with the key in use, and one that holds another key is believed.
 */
export const keptPasswords = (cluster: Cluster, namespace: string, log: Log): KeptPasswords => {
  let known: Uint8Array<ArrayBuffer> | undefined
  let passwords = passwordsFrom(async () => (known = await serverKey(cluster, namespace)))
  return {
    of: (server) => passwords.of(server),
    look: async () => {
      const before = known
      if (before === undefined) return
      try {
        const key = await serverKey(cluster, namespace, before)
        if (isSame([...key], [...before])) return
        known = key
        passwords = passwordsFrom(async () => key)
        log.warn("the key of the servers' passwords is another now, and is used from here on")
      } catch (error) {
        log.warn("the key of the servers' passwords could not be looked after", { error: sentenceOf(error) })
      }
    },
  }
}
