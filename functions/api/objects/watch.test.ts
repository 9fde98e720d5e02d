import { describe, expect, test } from 'vitest'
import { api } from '../../../test/builders/api.ts'
import { eventsIn } from '../../../test/builders/events.ts'
import { heeding, spoken } from '../../../test/builders/streams.ts'
import { task } from '../../../test/builders/task.ts'
import { json } from '../../../test/builders/upstream.ts'
import { eventStream } from '../streams/events.ts'

const tasks = '/apis/kubeopencode.io/v1alpha1/namespaces/default/tasks'
const here = '/api/v1/namespaces/default/tasks'
const change = (type: string, resourceVersion: string) =>
  JSON.stringify({
    type,
    object: { ...task(), metadata: { ...task().metadata, resourceVersion, managedFields: [{}] } },
  })

/** The API over a watch that a test speaks for. */
const watching = async () => {
  const voice = spoken()
  let signal: AbortSignal | undefined
  const here = await api({
    [`GET ${tasks}`]: (_, ask) => {
      signal = ask.signal
      return heeding(voice, ask.signal)
    },
  })
  return { ...here, voice, signal: () => signal }
}

describe('a watch', () => {
  test('tells each change with its version, and bookmarks so that a quiet client does not fall behind', async () => {
    const { call, asked, voice } = await watching()
    const response = await call('GET', `${here}?watch=1&resourceVersion=5&phase=Running`)
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const events = eventsIn(response)
    voice.say(change('ADDED', '6'), change('BOOKMARK', '9'))
    expect(await events.next()).toEqual({
      event: 'ADDED',
      id: '6',
      data: { ...task(), metadata: { ...task().metadata, resourceVersion: '6' } },
    })
    expect(await events.next()).toEqual({ event: 'BOOKMARK', id: '9', data: { metadata: { resourceVersion: '9' } } })
    voice.end()
    expect(await events.next()).toBeUndefined()
    expect(Object.fromEntries(new URL(asked.at(-1)!.path, 'http://a').searchParams)).toMatchObject({
      watch: '1',
      resourceVersion: '5',
      allowWatchBookmarks: 'true',
      fieldSelector: 'status.phase=Running',
    })
  })

  test('goes on from the last event that a client has seen', async () => {
    const { call, asked, voice } = await watching()
    const response = await call('GET', `${here}?watch=1&resourceVersion=5`, { headers: { 'last-event-id': '77' } })
    voice.end()
    await response.text()
    expect(asked.at(-1)?.path).toContain('resourceVersion=77')
  })

  test('an id that is of no watch is a bad request', async () => {
    const { call } = await watching()
    expect((await call('GET', `${here}?watch=1`, { headers: { 'last-event-id': '7&x=1' } })).status).toBe(400)
  })

  test('what is too long ago is expired, and nothing is left out in silence', async () => {
    const { call, voice } = await watching()
    const events = eventsIn(await call('GET', `${here}?watch=1&resourceVersion=5`))
    voice.say(
      JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' } }),
    )
    expect(await events.rest()).toMatchObject([{ event: 'expired' }])
  })

  test('another error is told as a problem', async () => {
    const { call, voice } = await watching()
    const events = eventsIn(await call('GET', `${here}?watch=1&resourceVersion=5`))
    voice.say(
      JSON.stringify({
        type: 'ERROR',
        object: { kind: 'Status', code: 500, reason: 'InternalError', message: 'etcd' },
      }),
    )
    expect(await events.rest()).toEqual([
      { event: 'problem', id: undefined, data: { error: 'InternalError', message: 'etcd', code: 500 } },
    ])
  })

  test('a client that leaves is not watched for any longer', async () => {
    const { call, voice, signal } = await watching()
    const events = eventsIn(await call('GET', `${here}?watch=1`))
    voice.say(change('ADDED', '6'))
    await events.next()
    expect(signal()?.aborted).toBe(false)
    await events.close()
    expect(signal()?.aborted).toBe(true)
  })

  test('a HEAD leaves nothing open', async () => {
    const { call, signal } = await watching()
    const response = await call('HEAD', `${here}?watch=1`)
    expect(response.status).toBe(200)
    expect(response.body).toBeNull()
    expect(signal()?.aborted ?? true).toBe(true)
  })

  test('whoever may not watch is told before the stream opens', async () => {
    const { call } = await api({
      'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews': () => json({ status: { allowed: false } }, 201),
    })
    const response = await call('GET', `${here}?watch=1`)
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({
      message: 'you may not watch tasks in namespace default; ask for the role kubeopencode-viewer there',
    })
  })
})

describe('a stream', () => {
  const onEnd = (): void => {}
  const endless = async function* (signal: AbortSignal) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    yield* []
  }

  test('ends when the right to it does (row 80)', async () => {
    let isAllowed = true
    let ends = 0
    const events = eventsIn(
      eventStream(endless, { isStillAllowed: async () => isAllowed, onEnd: () => (ends += 1), checkMs: 5 }),
    )
    isAllowed = false
    expect(await events.rest()).toMatchObject([{ event: 'problem', data: { code: 403 } }])
    expect(ends).toBe(1)
  })

  test('ends when the right cannot be proved twice', async () => {
    let looks = 0
    const isStillAllowed = async () => {
      looks += 1
      throw new Error('away')
    }
    expect(await eventsIn(eventStream(endless, { isStillAllowed, onEnd, checkMs: 5 })).rest()).toMatchObject([
      { event: 'problem' },
    ])
    expect(looks).toBe(2)
  })

  test('says now and then that it is still there', async () => {
    const response = eventStream(endless, { isStillAllowed: async () => true, onEnd, heartbeatMs: 5 })
    const reader = response.body!.getReader()
    const decoder = new TextDecoder()
    let seen = ''
    while (!seen.includes(': still here\n\n')) seen += decoder.decode((await reader.read()).value, { stream: true })
    await reader.cancel()
    expect(seen.startsWith('retry: 1000\n\n')).toBe(true)
  })

  test('asks its source for no more than a slow client takes', async () => {
    let given = 0
    const eager = async function* () {
      for (;;) {
        given += 1
        yield { event: 'n', data: given }
      }
    }
    const response = eventStream(eager, { isStillAllowed: async () => true, onEnd })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(given).toBeLessThan(10)
    await response.body?.cancel()
  })
})
