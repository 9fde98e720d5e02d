import { createHash, createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { testPasswords } from '../test/builders/passwords.ts'
import { passwordsFrom } from './server-passwords.ts'

const coder = { namespace: 'demo', name: 'coder', uid: 'u1' }
const key = Uint8Array.from({ length: 32 }, (_, index) => index)

test('a password is the HMAC of who it is for, and its digest is SHA-256', async () => {
  const { password, digest } = await passwordsFrom(async () => key).of(coder)
  expect(password).toBe(createHmac('sha256', key).update('demo/coder/u1').digest('base64url'))
  expect(password).toMatch(/^[-\w]{43}$/)
  expect(digest).toBe(createHash('sha256').update(password).digest('hex'))
})

test('those of the tests are made in the same way', async () =>
  expect(await testPasswords.of(coder)).toEqual(await passwordsFrom(async () => new Uint8Array(32)).of(coder)))

test('another Agent, another incarnation and another key have others', async () => {
  const passwords = passwordsFrom(async () => key)
  const all = await Promise.all([
    passwords.of(coder),
    passwords.of({ ...coder, name: 'coder2' }),
    passwords.of({ ...coder, namespace: 'other' }),
    passwords.of({ ...coder, uid: 'u2' }),
    testPasswords.of(coder),
  ])
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
