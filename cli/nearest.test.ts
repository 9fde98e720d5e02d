import { describe, expect, test } from 'vitest'
import { nearest } from './nearest.ts'

describe('nearest', () => {
  const known = ['agents', 'agenttemplates', 'crontasks', 'tasks']
  const cases = [
    { typed: 'taks', want: 'tasks' },
    { typed: 'Agent', want: 'agents' },
    { typed: 'cronstasks', want: 'crontasks' },
    { typed: 'pods', want: undefined },
    { typed: '', want: undefined },
    { typed: 'x'.repeat(10_000), want: undefined },
  ]
  test.each(cases)('$typed', ({ typed, want }) => expect(nearest(typed, known)).toBe(want))
})
