import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { issue } from '../certificates/issue.ts'
import { reread } from './credentials.ts'
import type { Credentials } from './endpoint.ts'

const pairOf = async (): Promise<{ readonly cert: string; readonly key: string }> => {
  const { serving } = await issue({ names: ['somebody'], now: new Date() })
  return { cert: serving.certificate, key: serving.key }
}
const [old, rotated] = await Promise.all([pairOf(), pairOf()])
/** Read while the files were being replaced. */
const mixed = { cert: old.cert, key: rotated.key }

/** Gives one reading after the other, and the last one for good. */
const reading = (...readings: readonly (Credentials | Error)[]) => {
  const left = [...readings]
  const read = vi.fn<() => Credentials>(() => {
    const one = left.length > 1 ? left.shift() : left[0]
    if (one === undefined || one instanceof Error) throw one ?? new Error('nothing to read')
    return one
  })
  const warnings: unknown[] = []
  const credentials = reread(read, { warn: (message, fields) => warnings.push([message, fields]) })
  /** After so many seconds. */
  const at = async (seconds: number): Promise<Credentials> => {
    vi.advanceTimersByTime(seconds * 1000)
    return credentials()
  }
  return { at, read, warnings }
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'Date'] }))
afterEach(() => void vi.useRealTimers())

describe('a client certificate and its key that are replaced', () => {
  test('in the middle of a reading are read once more', async () => {
    const { at, read } = reading(mixed, rotated)
    expect(await at(0)).toBe(rotated)
    expect(read).toHaveBeenCalledTimes(2)
  })

  test('slowly leave the old ones in use until they fit', async () => {
    const { at, warnings } = reading(old, mixed, mixed, rotated)
    expect(await at(0)).toBe(old)
    expect(await at(31)).toBe(old)
    expect(warnings).toEqual([[expect.any(String), { error: expect.stringContaining('do not belong together') }]])
    expect(await at(2)).toBe(rotated)
  })

  test('and never fitted are left to TLS to refuse', async () => {
    const { at } = reading(mixed)
    expect(await at(0)).toBe(mixed)
  })
})

describe('credentials that cannot be read again', () => {
  const gone = new Error('ENOENT: no such file')
  const first = { headers: { authorization: 'Bearer first' } }
  const second = { headers: { authorization: 'Bearer second' } }

  test('are used as they were, which is told once, until they can', async () => {
    const { at, read, warnings } = reading(first, gone, gone, second, gone)
    expect([await at(0), await at(31), await at(0.5), await at(2)]).toEqual([first, first, first, first])
    expect(read).toHaveBeenCalledTimes(3)
    expect(warnings).toHaveLength(1)
    expect(await at(2)).toBe(second)
    expect(await at(31)).toBe(second)
    expect(warnings).toHaveLength(2)
  })

  test('and never could are asked for again by the next one', async () => {
    const { at, warnings } = reading(gone, first)
    await expect(at(0)).rejects.toBe(gone)
    expect(await at(0)).toBe(first)
    expect(warnings).toEqual([])
  })
})
