import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readEvents } from './events.ts'

const all = async (chunks: readonly Uint8Array[]): Promise<unknown[]> => {
  const stream = async function* () {
    yield* chunks
  }
  const seen: unknown[] = []
  for await (const event of readEvents(stream())) seen.push(event)
  return seen
}

const wire = new TextEncoder().encode(
  ': comment\ndata: {"type":"a","properties":{"x":"ü"}}\n\nevent: b\r\ndata:{"type":\r\ndata: "b"}\r\n\r\ndata: no json\n\ndata: {"type":"unfinished"}\n',
)
const events = [
  { type: 'a', properties: { x: 'ü' } },
  { type: 'b', properties: {} },
]

test('events are the same however the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: wire.length })), async (cuts) => {
      const edges = [0, ...cuts.toSorted((a, b) => a - b), wire.length]
      const chunks = edges.slice(1).map((end, index) => wire.subarray(edges[index], end))
      expect(await all(chunks)).toEqual(events)
    }),
  )
})
