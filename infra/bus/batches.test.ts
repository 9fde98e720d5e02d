import { expect, test } from 'vitest'
import { inBatches } from './batches.ts'

test('what is given at once travels together, so many at a time', async () => {
  const sent: number[][] = []
  const give = inBatches<number>(3, async (batch) => {
    sent.push([...batch])
    return []
  })
  await Promise.all([1, 2, 3, 4].map(give))
  await give(5)
  expect(sent).toEqual([[1, 2, 3], [4], [5]])
})

test('each hears of its own', async () => {
  const give = inBatches<number>(10, async (batch) => batch.map((one) => (one === 2 ? new Error('no') : undefined)))
  const told = await Promise.allSettled([1, 2, 3].map(give))
  expect(told.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

test('what ends the sending ends it for all of the batch, and for no other', async () => {
  const give = inBatches<number>(2, async (batch) => {
    if (batch.includes(1)) throw new Error('away')
    return []
  })
  const told = await Promise.allSettled([1, 2, 3].map(give))
  expect(told.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
})
