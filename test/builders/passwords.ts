import { passwordsFrom } from '../../shared/server-passwords.ts'

/** Passwords of a key that is all zeros. */
export const testPasswords = passwordsFrom(async () => new Uint8Array(32))

/** What Agent `default/coder` of the builders gets. */
export const coderAccess = await testPasswords.of({ namespace: 'default', name: 'coder', uid: 'agent-uid-1' })
