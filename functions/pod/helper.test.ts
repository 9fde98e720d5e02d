import { describe, expect, test } from 'vitest'
import { HelperFault, lastWordsOf } from './helper.ts'

const full = Object.assign(new Error("ENOSPC: no space left on device, copyfile '/git/repo/a' -> '/workspace/a'"), {
  code: 'ENOSPC',
})
const remedy = 'The volume is full; make it larger, or delete what is not needed there.'

describe('the last words of a helper', () => {
  test.each([
    { name: 'a fault is its own sentence', error: new HelperFault('X is missing.'), says: 'git-init: X is missing.' },
    { name: 'a surprise is one', error: new Error('boom'), says: 'git-init failed unexpectedly: boom' },
    {
      name: 'a full volume has its remedy',
      error: full,
      says: `git-init: A file could not be written: ${full.message}. ${remedy}`,
    },
    {
      name: 'so has one behind a fault',
      error: new HelperFault('The file /workspace/a could not be written.', { cause: full }),
      says: `git-init: The file /workspace/a could not be written. ${remedy}`,
    },
    {
      name: 'a quota of the file system is a full volume',
      error: new HelperFault('The file a could not be written.', {
        cause: Object.assign(new Error(''), { code: 'EDQUOT' }),
      }),
      says: `git-init: The file a could not be written. ${remedy}`,
    },
  ])('$name', ({ error, says }) => expect(lastWordsOf('git-init', error)).toBe(says))
})
