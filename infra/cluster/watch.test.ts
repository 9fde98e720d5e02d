import { describe, expect, test } from 'vitest'
import type { Connection } from './rest.ts'
import { watch, WatchExpired, WatchRefused } from './watch.ts'

const event = (type: string, version: string, more: object = {}) =>
  `${JSON.stringify({ type, object: { metadata: { resourceVersion: version }, ...more } })}\n`

/** Answers one request after another; a text that ends in `!` breaks there, a number is a status code. */
const server = (...answers: readonly (string | number)[]) => {
  const asked: string[] = []
  const left = [...answers]
  const fetch: Connection['fetch'] = async (url, { signal }) => {
    asked.push(url)
    const answer = left.shift()
    if (typeof answer === 'number') return new Response('{"message":"no"}', { status: answer })
    return new Response(
      new ReadableStream<Uint8Array>({
        start: (control) => {
          signal?.addEventListener('abort', () => control.error(signal.reason))
          if (answer !== undefined) control.enqueue(new TextEncoder().encode(answer.replace(/!$/, '')))
        },
        pull: (control) => {
          if (answer === undefined) return
          if (answer.endsWith('!')) control.error(new Error('broken'))
          else control.close()
        },
      }),
    )
  }
  return { connection: { server: 'https://api', fetch, manager: 'test' }, asked }
}

/** The changes until there are `count`, or what was thrown. */
const seen = async (connection: Connection, count: number, lost: unknown[] = []): Promise<unknown> => {
  const ending = new AbortController()
  const changes: string[] = []
  try {
    const options = {
      path: '/tasks?a=b',
      resourceVersion: '5',
      signal: ending.signal,
      onLost: (why: unknown) => lost.push(why),
    }
    for await (const { type, object } of watch<{ metadata: { resourceVersion: string } }>(connection, options)) {
      changes.push(`${type} ${object.metadata.resourceVersion}`)
      if (changes.length === count) ending.abort()
    }
  } catch (error) {
    return error
  }
  return changes
}

describe('watch', () => {
  test('gives changes in their order, and asks from where the list was', async () => {
    const { connection, asked } = server(event('ADDED', '6') + event('MODIFIED', '7'))
    expect(await seen(connection, 2)).toEqual(['ADDED 6', 'MODIFIED 7'])
    expect(asked[0]).toMatch(
      /^https:\/\/api\/tasks\?a=b&watch=1&allowWatchBookmarks=true&timeoutSeconds=290&resourceVersion=5$/,
    )
  })
  test('a stream that ends goes on after the last bookmark', async () => {
    const { connection, asked } = server(event('ADDED', '6') + event('BOOKMARK', '9'), event('DELETED', '10'))
    expect(await seen(connection, 2)).toEqual(['ADDED 6', 'DELETED 10'])
    expect(asked[1]).toContain('resourceVersion=9')
  })
  test('a stream that breaks, and a server that is busy, are told once each and taken up again', async () => {
    const lost: unknown[] = []
    const { connection, asked } = server(`${event('ADDED', '6')}{"type"!`, 503, event('MODIFIED', '7'))
    expect(await seen(connection, 2, lost)).toEqual(['ADDED 6', 'MODIFIED 7'])
    expect(asked).toHaveLength(3)
    expect(lost).toHaveLength(2)
  })
  test('the version of a Table is that of its row', async () => {
    const row = { rows: [{ object: { metadata: { resourceVersion: '8' } } }] }
    const { connection, asked } = server(event('ADDED', '', row), event('ADDED', '9'))
    await seen(connection, 2)
    expect(asked[1]).toContain('resourceVersion=8')
  })
  test('a history that does not reach back is told apart from a refusal', async () => {
    const gone = server(event('ADDED', '6') + JSON.stringify({ type: 'ERROR', object: { code: 410 } }) + '\n')
    expect(await seen(gone.connection, 2)).toBeInstanceOf(WatchExpired)
    expect(await seen(server(410).connection, 2)).toBeInstanceOf(WatchExpired)
    const refusal = await seen(server(403).connection, 2)
    expect(refusal).toBeInstanceOf(WatchRefused)
    expect(refusal).toMatchObject({ code: 403, answer: '{"message":"no"}' })
  })
  test('ends with its signal, however silent the stream is', async () => {
    const { connection } = server()
    const ending = new AbortController()
    const changes = watch(connection, { path: '/tasks', resourceVersion: '5', signal: ending.signal })
    setTimeout(() => ending.abort(), 20)
    expect((await changes.next()).done).toBe(true)
  })
})
