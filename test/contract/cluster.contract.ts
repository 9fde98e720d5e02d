import { beforeAll, describe, expect, test } from 'vitest'
import { collecting, deleting, port, selecting } from './lives.ts'
import type { Hands, OtherSide } from './world.ts'
import { hands } from './world.ts'
import { applying, changing, creation } from './writes.ts'

export interface Skip {
  readonly test: string
  readonly because: string
}

const cases = [...creation, ...changing, ...applying, ...deleting, ...collecting, ...selecting, ...port]

/** What this project relies on of an apiserver. `make` is called once; a skip says why a test does not hold here. */
export const clusterContract = (name: string, make: () => Promise<OtherSide>, skips: readonly Skip[] = []): void => {
  const skipped = new Set(skips.map((skip) => skip.test))
  describe.each([name])('%s', () => {
    let side: Hands
    beforeAll(async () => {
      side = hands(await make())
    }, 1_200_000)
    test.each(cases.filter(([title]) => !skipped.has(title)))('%s', async (_title, run) => {
      expect.hasAssertions()
      await run(side)
    })
    test('every skip names a test that there is, and says why', () => {
      const titles = new Set(cases.map(([title]) => title))
      expect(skips.filter((skip) => !titles.has(skip.test) || skip.because === '')).toEqual([])
    })
  })
}
