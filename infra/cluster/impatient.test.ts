import { expect, test } from 'vitest'
import { TerminalError, UnreachableError } from '../../shared/errors.ts'
import type { ClusterReader } from '../../shared/ports.ts'
import { impatient } from './impatient.ts'

const ref = { kind: 'Agent', namespace: 'team', name: 'coder' } as const

const played = () => {
  let at = 0
  let asked = 0
  let failure: Error | undefined
  const reader: ClusterReader = {
    get: async () => {
      asked += 1
      if (failure) throw failure
      return undefined
    },
    list: async () => ({ items: [] }),
  }
  return {
    reader: impatient(reader, () => at),
    asked: () => asked,
    pass: (ms: number) => (at += ms),
    becomes: (next: Error | undefined) => (failure = next),
  }
}

test('an apiserver that is away is asked every ten seconds, and the others fail at once', async () => {
  const { reader, asked, pass, becomes } = played()
  becomes(new UnreachableError('away'))
  for (let reads = 0; reads < 20; reads += 1) {
    await expect(reader.get(ref)).rejects.toThrow(UnreachableError)
    pass(1_000)
  }
  expect(asked()).toBe(2)
  becomes(undefined)
  expect(await reader.get(ref)).toBeUndefined()
  await reader.get(ref)
  expect(asked()).toBe(4)
})

test('a refusal is an answer', async () => {
  const { reader, asked, becomes } = played()
  becomes(new TerminalError('Forbidden', 'no'))
  for (let reads = 0; reads < 3; reads += 1) await expect(reader.get(ref)).rejects.toThrow('no')
  expect(asked()).toBe(3)
})
