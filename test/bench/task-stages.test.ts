import type { Pod } from 'kubernetes-types/core/v1'
import { expect, test } from 'vitest'
import { stagesOf, withSigns } from './task-stages.ts'

const pod = (...conditions: string[]): Pod => ({
  status: { conditions: conditions.map((type) => ({ type, status: 'True' })) },
})

test('what a Pod tells is as old as the first look that saw it', () => {
  const first = withSigns({}, pod('PodScheduled'), 10)
  expect(withSigns(first, pod('PodScheduled', 'PodReadyToStartContainers'), 20)).toEqual({
    created: 10,
    scheduled: 10,
    sandbox: 20,
  })
})

test('stages follow one another and add up to the way from apply to the first call', () => {
  const moments = {
    applied: 100,
    answered: 110,
    pod: { created: 130, scheduled: 135, sandbox: 400, initialized: 900 },
    session: 1_500,
    modelCall: 1_600,
  }
  expect([...stagesOf(moments).values()]).toEqual([10, 20, 5, 265, 500, 600, 100])
})

const late = { applied: 0, answered: 5, pod: { created: 4, scheduled: 10, initialized: 60 }, modelCall: 50 }

test.each([
  {
    name: 'a client that tells of no session',
    moments: { ...late, pod: { created: 20 } },
    want: [5, 15, 0, 0, 0, 0, 30],
  },
  {
    name: 'news that came after the call, and a Pod seen before the answer',
    moments: late,
    want: [5, 0, 5, 0, 40, 0, 0],
  },
])('$name leaves no hole', ({ moments, want }) => {
  const durations = [...stagesOf(moments).values()]
  expect(durations).toEqual(want)
  expect(durations.reduce((sum, one) => sum + one, 0)).toBe(moments.modelCall - moments.applied)
})
