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

/** A server of one object, which has changed so often since it was read. */
const serverOf = (uid: string, changes: number) => {
  const told: string[] = []
  let version = 5 + changes
  vi.stubGlobal('fetch', async (_: string, { method = 'GET', headers }: RequestInit = {}) => {
    const match = new Headers(headers).get('if-match')
    told.push(match === null ? method : `${method} ${match}`)
    if (method === 'GET') return Response.json({ metadata: { name: 'fix', uid, resourceVersion: String(version) } })
    return match === `"${version}"` ? Response.json({}) : Response.json({ message: 'changed' }, { status: 409 })
  })
  return told
}
const read = { ...task(), metadata: { name: 'fix', uid: 'one', resourceVersion: '5' } }

test('an object is deleted that has changed since it was read, and none that has its name by now', async () => {
  const told = serverOf('one', 1)
  await removeSame('/fix', read)
  expect(told).toEqual(['DELETE "5"', 'GET', 'DELETE "6"'])
  const other = serverOf('two', 1)
  await expect(removeSame('/fix', read)).rejects.toThrow('another one has its name by now')
  expect(other).toEqual(['DELETE "5"', 'GET'])
})
