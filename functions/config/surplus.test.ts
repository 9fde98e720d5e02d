import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { secondsSince } from '../../shared/conditions.ts'
import { deleted, withMetadata } from '../../test/builders/change.ts'
import { child, finished } from '../../test/builders/cron-task.ts'
import { task, withPhase } from '../../test/builders/task.ts'
import { at, now } from '../../test/builders/time.ts'
import type { Cleanup, Finished } from './surplus.ts'
import { finishedOf, surplusOf } from './surplus.ts'

const ended = (name: string, seconds: number): Finished => ({
  namespace: 'default',
  name,
  uid: name,
  completionTime: at(-seconds),
  cronTask: undefined,
})

describe('surplusOf', () => {
  const three = [ended('b', 20), ended('a', 20), ended('c', 10)]
  const cases: { name: string; cleanup: Cleanup; want: string[] }[] = [
    { name: 'no rule keeps all', cleanup: {}, want: [] },
    { name: 'one second before its time', cleanup: { ttlSecondsAfterFinished: 21 }, want: [] },
    { name: 'at its time', cleanup: { ttlSecondsAfterFinished: 20 }, want: ['a', 'b'] },
    { name: 'no time at all', cleanup: { ttlSecondsAfterFinished: 0 }, want: ['a', 'b', 'c'] },
    { name: 'as many as may stay', cleanup: { maxRetainedTasks: 3 }, want: [] },
    { name: 'one too many: the oldest, by name where they tie', cleanup: { maxRetainedTasks: 2 }, want: ['a'] },
    { name: 'none may stay', cleanup: { maxRetainedTasks: 0 }, want: ['a', 'b', 'c'] },
    {
      name: 'the stricter rule decides',
      cleanup: { maxRetainedTasks: 2, ttlSecondsAfterFinished: 20 },
      want: ['a', 'b'],
    },
    {
      name: 'the other one stricter',
      cleanup: { maxRetainedTasks: 0, ttlSecondsAfterFinished: 20 },
      want: ['a', 'b', 'c'],
    },
  ]
  test.each(cases)('$name', ({ cleanup, want }) => {
    expect(surplusOf(three, cleanup, now).map(({ name }) => name)).toEqual(want)
  })

  test('always: what stays is young enough, few enough, and younger than what goes', () => {
    const some = fc
      .array(fc.nat({ max: 50 }), { maxLength: 30 })
      .map((ages) => ages.map((age, index) => ended(`t-${index}`, age)))
    const limit = fc.option(fc.nat({ max: 40 }), { nil: undefined })
    fc.assert(
      fc.property(some, limit, limit, (finished, ttl, most) => {
        const cleanup: Cleanup = {
          ...(ttl !== undefined && { ttlSecondsAfterFinished: ttl }),
          ...(most !== undefined && { maxRetainedTasks: most }),
        }
        const gone = new Set(surplusOf(finished, cleanup, now))
        const stays = finished.filter((one) => !gone.has(one))
        const age = ({ completionTime }: Finished) => secondsSince(completionTime, now)
        const isOver = (one: Finished) => age(one) >= (ttl ?? Infinity)
        expect(stays.length).toBeLessThanOrEqual(most ?? Infinity)
        expect(stays.filter(isOver)).toEqual([])
        expect(Math.max(...stays.map(age))).toBeLessThanOrEqual(Math.min(...[...gone].map(age)))
        // Nothing goes without a reason.
        if (![...gone].every(isOver)) expect(stays).toHaveLength(most ?? -1)
      }),
    )
  })
})

describe('finishedOf', () => {
  const cases = [
    { name: 'a new Task', task: task(), want: undefined },
    { name: 'one that waits', task: task(withPhase('Queued')), want: undefined },
    { name: 'one that runs', task: task(withPhase('Running')), want: undefined },
    { name: 'one that is being deleted', task: task(finished(5), deleted(at(0))), want: undefined },
    { name: 'one that completed', task: task(finished(5)), want: { name: 'job', completionTime: at(-5) } },
    { name: 'one that failed', task: task(finished(5, 'Failed')), want: { uid: 'task-uid-1' } },
    {
      name: 'one whose end nobody wrote down',
      task: task(withPhase('Failed'), withMetadata({ creationTimestamp: at(-99) })),
      want: { completionTime: at(-99) },
    },
    {
      name: 'one of a CronTask',
      task: child(0, finished(5)),
      want: { cronTask: { name: 'nightly', uid: 'cron-uid-1' } },
    },
  ]
  test.each(cases)('$name', ({ task: one, want }) => {
    if (want) expect(finishedOf(one)).toMatchObject(want)
    else expect(finishedOf(one)).toBeUndefined()
  })
})
