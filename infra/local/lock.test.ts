import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { withLock } from './lock.ts'

const folder = mkdtempSync(join(tmpdir(), 'koc-lock-'))
let count = 0
const newLock = (): string => join(folder, `lock-${count++}`)

afterAll(() => rmSync(folder, { recursive: true }))

test('lets one in at a time', async () => {
  const file = newLock()
  let inside = 0
  const work = async () => {
    expect(++inside).toBe(1)
    await sleep(20)
    inside--
  }
  await Promise.all([withLock(file, work), withLock(file, work), withLock(file, work)])
  expect(existsSync(file)).toBe(false)
})

test('is given back when the work fails', async () => {
  const file = newLock()
  await expect(withLock(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(existsSync(file)).toBe(false)
})

test('does not wait for a dead holder, nor for one whose pid now is another process', async () => {
  const file = newLock()
  for (const holder of ['999999999\n1', `${process.pid}\n1`]) {
    writeFileSync(file, holder)
    expect(await withLock(file, async () => 'in')).toBe('in')
  }
})
