import { createHash, createHmac } from 'node:crypto'
import type { ServerPasswords } from '../../shared/ports.ts'

/** Passwords of a key that is all zeros, as shared/server-passwords.ts makes them, but at once: a played run has no other time. */
export const testPasswords: ServerPasswords = {
  of: async ({ namespace, name, uid }) => {
    const key = new Uint8Array(32)
    const password = createHmac('sha256', key).update(`${namespace}/${name}/${uid}`).digest('base64url')
    return { password, digest: createHash('sha256').update(password).digest('hex') }
  },
}

/** What Agent `default/coder` of the builders gets. */
export const coderAccess = await testPasswords.of({ namespace: 'default', name: 'coder', uid: 'agent-uid-1' })
