import { expect, test } from 'vitest'
import { playChaos } from './chaos.ts'

test('ten kills, a restart of the apiserver, webhooks in trouble, another authority: nothing is lost or doubled', async () => {
  const verdict = await playChaos({ kills: 10, copies: 3, restarts: 1, rotations: 1, doors: 1, seed: 1 })
  expect(verdict.violations).toEqual([])
  expect(verdict.tasks).toBeGreaterThan(10)
}, 900_000)
