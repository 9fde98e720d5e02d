import { expect, test } from 'vitest'
import { planted } from './bugs.ts'
import { hunt } from './hunt.ts'

const seed = 1
/** A claim without resourceVersion shows only where a copy dies between two looks of another: in one of a thousand runs. */
const mostRuns = 1500

test.each(planted)(
  '$name is noticed',
  async (bug) => {
    const caught = await hunt(bug, seed, mostRuns)
    expect(bug.caughtBy).toContain(caught?.invariant)
  },
  600_000,
)
