import { afterEach, describe, expect, test, vi } from 'vitest'
import { spoken } from '../../test/builders/streams.ts'
import { task } from '../../test/builders/task.ts'
import { onUnauthorized } from '../api/client.ts'
import type { Live, LiveState } from './live.ts'
import { startLive, waitMs } from './live.ts'
import { createStore } from './store.ts'

let live: Live | undefined
afterEach(() => {
  live?.stop()
  vi.unstubAllGlobals()
})

const named = (name: string, resourceVersion: string) => {
  const one = task()
  return { ...one, metadata: { ...one.metadata, namespace: 'team', name, resourceVersion } }
}

/** A server whose lists are given and whose streams a test speaks on; `refuses` are the kinds nobody may see. */
const server = (refuses: readonly string[] = []) => {
  const asked: string[] = []
  const streams: ReturnType<typeof spoken>[] = []
  const lists: Record<string, object[]> = {
    tasks: [named('first', '5')],
    agents: [],
    crontasks: [],
    agenttemplates: [],
  }
  vi.stubGlobal('fetch', async (url: string, { signal }: RequestInit = {}): Promise<Response> => {
    asked.push(url)
    const path = new URL(url, 'http://a').pathname.split('/').at(-1) ?? ''
    if (path === 'changes') {
      const voice = spoken()
      streams.push(voice)
      signal?.addEventListener('abort', () => voice.fail())
      return new Response(voice.body)
    }
    if (refuses.includes(path)) return Response.json({ message: `you may not list ${path}` }, { status: 403 })
    return Response.json({ items: lists[path], metadata: { resourceVersion: '10' } })
  })
  const store = createStore((tell) => tell())
  const states: LiveState[] = []
  live = startLive(store, 'team', (state) => states.push(state))
  const names = (): string[] => store.list('tasks').map(({ metadata }) => metadata.name)
  const say = (event: string, data: object): void =>
    streams.at(-1)?.say(`event: ${event}`, `data: ${JSON.stringify(data)}`, '')
  return { asked, streams, lists, store, states, names, say }
}

describe('what is live', () => {
  test('is listed once and then followed over one connection', async () => {
    const { asked, streams, names, say, states } = server()
    await expect.poll(() => streams.length).toBe(1)
    expect(names()).toEqual(['first'])
    expect(asked.at(-1)).toBe('/api/v1/namespaces/team/changes?tasks=10&agents=10&crontasks=10&agenttemplates=10')
    say('ADDED', named('second', '11'))
    say('DELETED', named('first', '12'))
    await expect.poll(names).toEqual(['second'])
    expect(states).toEqual(['connecting', 'live'])
  })

  test('goes on from the last change when the connection is lost, without listing again', async () => {
    const { asked, streams, say, names, states } = server()
    await expect.poll(() => streams.length).toBe(1)
    say('MODIFIED', named('first', '17'))
    say('BOOKMARK', { kind: 'Agent', metadata: { resourceVersion: '19' } })
    await expect.poll(names).toEqual(['first'])
    streams[0]?.fail()
    await expect.poll(() => streams.length).toBe(2)
    expect(asked.at(-1)).toContain('tasks=17&agents=19&crontasks=10&agenttemplates=10')
    expect(asked.filter((url) => url.includes('limit='))).toHaveLength(4)
    expect(states).toEqual(['connecting', 'live', 'lost', 'live'])
  })

  test('lists again only the kind whose version is too old', async () => {
    const { asked, streams, lists, say, names } = server()
    await expect.poll(() => streams.length).toBe(1)
    lists['tasks'] = [named('after', '90')]
    say('expired', { kind: 'Task', message: 'too long ago' })
    streams[0]?.end()
    await expect.poll(names).toEqual(['after'])
    expect(asked.filter((url) => url.includes('limit=')).slice(4)).toEqual(['/api/v1/namespaces/team/tasks?limit=500'])
  })

  test('whose session has ended tells so, also when a stream is the first to know', async () => {
    const { streams, say } = server()
    const told = vi.fn<() => void>()
    const forget = onUnauthorized(told)
    await expect.poll(() => streams.length).toBe(1)
    vi.stubGlobal('fetch', async () => Response.json({ message: 'who are you?' }, { status: 401 }))
    say('problem', { code: 401, message: 'the apiserver does not know this token' })
    await expect.poll(() => told.mock.calls.length).toBeGreaterThan(0)
    forget()
  })

  test('leaves out what the reader may not see, and says so in its place', async () => {
    const { asked, streams, store } = server(['agents'])
    await expect.poll(() => streams.length).toBe(1)
    expect(asked.at(-1)).not.toContain('agents')
    expect(store.problemOf('agents')).toBe('You may not list agents.')
  })

  test('says that nothing may be seen instead of trying for ever in silence', async () => {
    const { streams, states } = server(['agents', 'tasks', 'crontasks', 'agenttemplates'])
    await expect.poll(() => states).toEqual(['connecting', 'refused'])
    expect(streams).toHaveLength(0)
  })
})

test('waits grow to ten seconds, each with some chance in it', () => {
  expect([waitMs(0, 0), waitMs(0, 1), waitMs(3, 1), waitMs(50, 1)]).toEqual([250, 500, 4_000, 10_000])
})
