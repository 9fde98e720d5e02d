import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { at, now } from '../test/builders/time.ts'
import type { Condition } from './conditions.ts'
import { conditionOf, secondsSince, timestamp, withConditions, withoutCondition } from './conditions.ts'

const before: Condition = {
  type: 'Ready',
  status: 'False',
  reason: 'PodPending',
  message: 'no node fits',
  lastTransitionTime: at(-90),
  observedGeneration: 1,
}
const queued: Condition = { ...before, type: 'Queued', status: 'True', reason: 'AgentAtCapacity', message: 'waits' }

describe('withConditions', () => {
  const cases = [
    {
      name: 'adds a new type at the end, with the time',
      conditions: [queued],
      update: { type: 'Ready', status: 'True', reason: 'PodRunning', message: 'at work' },
      want: [
        queued,
        {
          type: 'Ready',
          status: 'True',
          reason: 'PodRunning',
          message: 'at work',
          lastTransitionTime: at(0),
          observedGeneration: 2,
        },
      ],
    },
    {
      name: 'keeps the time while only reason and message change',
      conditions: [before, queued],
      update: { type: 'Ready', status: 'False', reason: 'AgentError', message: 'no Agent' },
      want: [{ ...before, reason: 'AgentError', message: 'no Agent', observedGeneration: 2 }, queued],
    },
    {
      name: 'moves the time when the status turns, and keeps the place',
      conditions: [before, queued],
      update: { type: 'Ready', status: 'True', reason: 'PodRunning', message: 'at work' },
      want: [
        {
          ...before,
          status: 'True',
          reason: 'PodRunning',
          message: 'at work',
          lastTransitionTime: at(0),
          observedGeneration: 2,
        },
        queued,
      ],
    },
  ] as const
  test.each(cases)('$name', ({ conditions, update, want }) =>
    expect(withConditions(conditions, [update], now, 2)).toEqual(want),
  )

  test('starts a list where there is none', () =>
    expect(withConditions(undefined, [before], now, undefined)).toEqual([
      {
        type: 'Ready',
        status: 'False',
        reason: 'PodPending',
        message: 'no node fits',
        lastTransitionTime: at(0),
        observedGeneration: 1,
      },
    ]))

  const update = fc.record({
    type: fc.constantFrom('Ready', 'Queued', 'Stopped'),
    status: fc.constantFrom('True', 'False', 'Unknown'),
    reason: fc.constantFrom('A', 'B'),
    message: fc.string(),
  })

  test('saying the same again, at whatever time, changes nothing', () => {
    fc.assert(
      fc.property(fc.uniqueArray(update, { selector: ({ type }) => type }), fc.nat(1e6), (updates, seconds) => {
        const once = withConditions(undefined, updates, now, 3)
        const again = withConditions(once, updates, new Date(now.getTime() + seconds * 1000), 3)
        expect(again).toEqual(once)
      }),
    )
  })

  test('no type is ever there twice', () => {
    fc.assert(
      fc.property(fc.array(update), (updates) => {
        const types = withConditions([before], updates, now, 1).map(({ type }) => type)
        expect(new Set(types).size).toBe(types.length)
      }),
    )
  })
})

test('withoutCondition leaves the others as they are', () =>
  expect(withoutCondition([before, queued], 'Ready')).toEqual([queued]))

test('conditionOf finds by type', () => {
  expect(conditionOf([before, queued], 'Queued')).toBe(queued)
  expect(conditionOf(undefined, 'Queued')).toBeUndefined()
})

test('timestamp has whole seconds, as Kubernetes stores them', () =>
  expect(timestamp(new Date('2026-06-01T12:00:00.999Z'))).toBe('2026-06-01T12:00:00Z'))

describe('secondsSince', () => {
  const cases = [
    { name: 'counts fractions of now', time: '2026-06-01T11:59:59Z', want: 1 },
    { name: 'is 0 for a missing time', time: undefined, want: 0 },
    { name: 'is negative for the future', time: '2026-06-01T12:00:10Z', want: -10 },
    { name: 'reads other offsets', time: '2026-06-01T13:59:00+02:00', want: 60 },
  ]
  test.each(cases)('$name', ({ time, want }) => expect(secondsSince(time, now)).toBe(want))
})
