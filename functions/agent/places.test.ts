import { describe, expect, test } from 'vitest'
import type { Task } from '../../crds/task.ts'
import { agent, ready, withAgentSpec, withSlots } from '../../test/builders/agent.ts'
import { withMetadata } from '../../test/builders/change.ts'
import { task, withPhase, withStatus } from '../../test/builders/task.ts'
import { at, now } from '../../test/builders/time.ts'
import { placesOf } from './places.ts'
import { waitingStatus, waitOf } from './waiting.ts'

const full = agent(ready, withAgentSpec({ maxConcurrentTasks: 1 }), withSlots('running'))

/** A Task that says it has the place `position`, in the words of now. */
const says = (position: number, uid = `task-${position}`): Task => {
  const one = task(withMetadata({ name: uid, uid }), withPhase('Queued'))
  const { queue, condition } = waitingStatus(one, waitOf(full, full.spec, one, now)!, position, now)
  return withStatus({ queue, conditions: [{ ...condition, lastTransitionTime: at(-60), observedGeneration: 1 }] })(one)
}

const from = (first: number, count: number): Task[] => Array.from({ length: count }, (_, index) => says(first + index))

/** What is written: `task-3 is 2` */
const written = (waiting: readonly Task[], one = full, when = now) =>
  placesOf(waiting, one, one.spec, when).changes.map(
    ({ object, status }) => `${object.metadata?.name} is ${(status as Task['status'])?.queue?.position}`,
  )

describe('placesOf', () => {
  const cases = [
    { name: 'true ones are left alone', waiting: from(1, 12), want: [] },
    {
      name: 'the first five are put right, the others while they are within a factor of two',
      waiting: from(2, 12),
      want: ['task-2 is 1', 'task-3 is 2', 'task-4 is 3', 'task-5 is 4', 'task-6 is 5'],
    },
    { name: 'further back at half of what is written', waiting: [...from(1, 5), says(12)], want: ['task-12 is 6'] },
    { name: 'or at twice as much', waiting: [...from(1, 11), says(6, 'late')], want: ['late is 12'] },
    {
      name: 'nobody says a place among the first who has it not',
      waiting: [...from(1, 6), says(5, 'late')],
      want: ['late is 7'],
    },
    {
      name: 'not those whose own function has not queued them yet',
      waiting: [task(), task(withPhase('Pending'))],
      want: [],
    },
    {
      name: 'at most twenty in one look',
      waiting: from(100, 50),
      want: from(100, 20).map((one, index) => `${one.metadata.name} is ${index + 1}`),
    },
  ]
  test.each(cases)('$name', ({ waiting, want }) => expect(written(waiting)).toEqual(want))

  test('the reason is kept current with the place', () => {
    const [change] = placesOf(from(1, 1), withAgentSpec({ suspend: true })(full), full.spec, now).changes
    expect(change?.status).toMatchObject({
      queue: { position: 1, since: at(0) },
      conditions: [
        {
          reason: 'AgentSuspended',
          message: expect.stringMatching(/suspended by a person.*; position 1 in the queue/),
        },
      ],
    })
  })

  test('true ones are not looked at again', () =>
    expect(placesOf(from(1, 3), full, full.spec, now)).toEqual({ changes: [] }))
})
