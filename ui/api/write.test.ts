import { afterEach, expect, test, vi } from 'vitest'
import { task } from '../../test/builders/task.ts'
import { removeSame, warningsIn } from './write.ts'

afterEach(() => void vi.unstubAllGlobals())

test('warnings of admission are read out of their header, one by one', () => {
  expect(warningsIn(null)).toEqual([])
  expect(warningsIn('299 - "no Agent \\"coder\\" yet", 299 - "a clear, short one"')).toEqual([
    'no Agent "coder" yet',
    'a clear, short one',
  ])
})

/** A server of one object, which changes so often right after it was read. */
const serverOf = (uid: string, changes: number) => {
  const told: string[] = []
  let version = 5
  let left = changes
  vi.stubGlobal('fetch', async (_: string, { method = 'GET', headers }: RequestInit = {}) => {
    const match = new Headers(headers).get('if-match')
    told.push(match === null ? method : `${method} ${match}`)
    if (method !== 'GET')
      return match === `"${version}"` ? Response.json({}) : Response.json({ message: 'changed' }, { status: 409 })
    const read = Response.json({ metadata: { name: 'fix', uid, resourceVersion: String(version) } })
    if (left-- > 0) version += 1
    return read
  })
  return told
}
const chosen = { ...task(), metadata: { name: 'fix', uid: 'one', resourceVersion: '5' } }

test('an object is deleted however it changes, and none that has its name by now', async () => {
  const told = serverOf('one', 1)
  await removeSame('/fix', chosen)
  expect(told).toEqual(['GET', 'DELETE "5"', 'GET', 'DELETE "6"'])
  const other = serverOf('two', 0)
  await expect(removeSame('/fix', chosen)).rejects.toThrow('another one has its name by now')
  expect(other).toEqual(['GET'])
})

test('an object that changes without end is left, which is said', async () => {
  const told = serverOf('one', Infinity)
  await expect(removeSame('/fix', chosen)).rejects.toThrow('Changed.')
  expect(told).toHaveLength(8)
})
