import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { passwordDigest, passwordsFrom } from './server-passwords.ts'

const coder = { namespace: 'demo', name: 'coder', uid: 'u1' }
const key = Uint8Array.from({ length: 32 }, (_, index) => index)

test('a password is the HMAC of who it is for', async () =>
  expect(await passwordsFrom(async () => key).of(coder)).toBe(
    createHmac('sha256', key).update('demo/coder/u1').digest('base64url'),
  ))

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
  expect(new Set(all).size).toBe(all.length)
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

test('a digest is SHA-256 in hexadecimal digits', async () =>
  expect(await passwordDigest('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'))
