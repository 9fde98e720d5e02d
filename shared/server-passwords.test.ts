import { createHash, createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { passwordsFrom } from './server-passwords.ts'

const coder = { namespace: 'demo', name: 'coder', uid: 'u1' }
const key = Uint8Array.from({ length: 32 }, (_, index) => index)

test('a password is the HMAC of who it is for, and its digest the SHA-256 of it', async () => {
  const password = createHmac('sha256', key).update('demo/coder/u1').digest('base64url')
  const digest = createHash('sha256').update(password).digest('hex')
  expect(await passwordsFrom(async () => key).of(coder)).toEqual({ password, digest })
})

test('another Agent, another incarnation and another key have others', async () => {
  const passwords = passwordsFrom(async () => key)
  const other = passwordsFrom(async () => new Uint8Array(32))
  const all = [
    await passwords.of(coder),
    await passwords.of({ ...coder, name: 'coder2' }),
    await passwords.of({ ...coder, namespace: 'other' }),
    await passwords.of({ ...coder, uid: 'u2' }),
    await other.of(coder),
  ]
  expect(new Set(all.map(({ password }) => password)).size).toBe(all.length)
})

test('the key is loaded once, and again where that has failed', async () => {
  let loads = 0
  const passwords = passwordsFrom(async () => {
    loads += 1
    if (loads === 1) throw new Error('the apiserver did not answer')
    return key
  })
  await expect(passwords.of(coder)).rejects.toThrow('did not answer')
  await Promise.all([passwords.of(coder), passwords.of(coder)])
  expect(loads).toBe(2)
})
