import { expect, test } from 'vitest'
import { sentenceOf } from '../../shared/errors.ts'
import { readOptions } from './options.ts'
import ranges from './ranges.json' with { type: 'json' }
import type { Ranges } from './ranges.ts'
import { beyond } from './ranges.ts'
import { measure } from './run.ts'

const asked = readOptions(['--only', 'M10,quiet', '--rounds', '1', '--check'])

/** As if the functions had asked for half as much when it was recorded. */
const halved: Ranges = Object.fromEntries(
  Object.entries(ranges).map(([name, { mean, spread, limit }]) => [name, { mean, spread, limit: limit / 2 }]),
)

/** Other work on the machine changes what is read again; a rise in the code is there in each run. */
const patience = { timeout: 900_000, retry: 1 }

test('the functions ask for no more than what is recorded, and a rise would be seen', patience, async () => {
  const { lines } = await measure(asked, '').catch((error: unknown) => {
    // A second run that is well must not hide what became of the first.
    console.error(sentenceOf(error))
    throw error
  })
  expect(beyond(lines, ranges)).toEqual([])
  const risen = beyond(lines, halved)
  for (const name of ['writes without Events', 'Events', 'reads'])
    expect(risen).toContainEqual(expect.stringMatching(new RegExp(`^M10 ${name} per Task, no limits is .*, above`)))
})
