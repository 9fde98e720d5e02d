import { expect, test } from 'vitest'
import { announced, child, cronTask, cronTaskSight, secondsAt, triggered } from '../../test/builders/cron-task.ts'
import { later, now } from '../../test/builders/time.ts'
import { decideCronTask } from './decide.ts'
import { measureCronTask } from './measure.ts'

const cases = [
  { name: 'a slot that is made late', parent: cronTask(announced(0)), at: later(7), want: [7] },
  { name: 'a slot that is made in time', parent: cronTask(announced(0)), at: now, want: [0] },
  {
    name: 'a run that was asked for by hand is late for nothing',
    parent: cronTask(announced(3600), triggered(String(secondsAt(61)))),
    at: later(62),
    want: [],
  },
  { name: 'nothing due', parent: cronTask(announced(3600)), at: now, want: [] },
]

test.each(cases)('$name', async ({ parent, at, want }) => {
  const sight = await cronTaskSight(parent, [], at)
  const measures = measureCronTask(sight, decideCronTask(sight, at), at)
  expect(measures).toEqual(want.map((lateSeconds) => ({ name: 'cronTaskFired', lateSeconds })))
})

test('what is made of the slot and not told yet is not measured again', async () => {
  const sight = await cronTaskSight(cronTask(announced(0)), [child(0)], later(7))
  expect(measureCronTask(sight, decideCronTask(sight, later(7)), later(7))).toEqual([])
})
