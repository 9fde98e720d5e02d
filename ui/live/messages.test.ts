import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createParser, messagesOf } from './messages.ts'

const stream =
  'retry: 1000\n\n: still here\n\nevent: ADDED\nid: 7\ndata: {"a":\ndata: 1}\n\nevent: BOOKMARK\ndata: {}\n\n'
const want = [
  { event: 'ADDED', id: '7', data: '{"a":\n1}' },
  { event: 'BOOKMARK', id: '7', data: '{}' },
]

describe('a stream of events', () => {
  test('is the same however it is cut into pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length)), fc.constantFrom('\n', '\r\n'), (cuts, end) => {
        const text = stream.replaceAll('\n', end)
        const places = [0, ...cuts.toSorted((a, b) => a - b), text.length]
        const parse = createParser()
        const found = places.slice(1).flatMap((place, index) => parse(text.slice(places[index], place)))
        expect(found).toEqual(want)
      }),
    )
  })

  test('that falls silent is given up', async () => {
    const silent = new Response(
      new ReadableStream({ start: (c) => c.enqueue(new TextEncoder().encode('data: 1\n\n')) }),
    )
    const messages = messagesOf(silent, new AbortController().signal, { silenceMs: 20 })
    expect((await messages.next()).value).toMatchObject({ data: '1' })
    await expect(messages.next()).rejects.toThrow('silent')
  })

  test('ends with the signal', async () => {
    const ending = new AbortController()
    const messages = messagesOf(new Response(new ReadableStream()), ending.signal)
    const next = messages.next()
    ending.abort()
    expect((await next).done).toBe(true)
  })
})
