import { expect, test } from 'vitest'
import { createServerClock } from './server-clock.ts'

test('the time is our own until the server has said its own, and goes on from there', () => {
  let own = Date.parse('2026-06-01T12:00:00Z')
  const { hear, now } = createServerClock(() => new Date(own))
  expect(now().toISOString()).toBe('2026-06-01T12:00:00.000Z')
  hear(null)
  hear('yesterday')
  expect(now().toISOString()).toBe('2026-06-01T12:00:00.000Z')
  hear('Mon, 01 Jun 2026 15:00:00 GMT')
  own += 5_000
  expect(now().toISOString()).toBe('2026-06-01T15:00:05.000Z')
})
