import { describe, expect, test } from 'vitest'
import { api } from '../../../test/builders/api.ts'
import { eventsIn } from '../../../test/builders/events.ts'
import { heeding, spoken } from '../../../test/builders/streams.ts'
import { json } from '../../../test/builders/upstream.ts'

const group = '/apis/kubeopencode.io/v1alpha1/namespaces/team'
const here = '/api/v1/namespaces/team/changes'

const change = (type: string, kind: string, resourceVersion: string) =>
  JSON.stringify({ type, object: { kind, metadata: { name: 'a', resourceVersion, managedFields: [{}] } } })

const watching = async () => {
  const tasks = spoken()
  const agents = spoken()
  const world = await api({
    [`GET ${group}/tasks`]: (_, ask) => heeding(tasks, ask.signal),
    [`GET ${group}/agents`]: (_, ask) => heeding(agents, ask.signal),
  })
  return { ...world, tasks, agents }
}

describe('changes of several kinds', () => {
  test('come over one stream, each kind from its own version', async () => {
    const { call, asked, tasks, agents } = await watching()
    const events = eventsIn(await call('GET', `${here}?tasks=5&agents=7`))
    tasks.say(change('ADDED', 'Task', '6'))
    expect(await events.next()).toEqual({
      event: 'ADDED',
      data: { kind: 'Task', metadata: { name: 'a', resourceVersion: '6' } },
    })
    agents.say(change('BOOKMARK', 'Agent', '9'))
    expect(await events.next()).toEqual({
      event: 'BOOKMARK',
      data: { kind: 'Agent', metadata: { resourceVersion: '9' } },
    })
    const versions = asked
      .filter(({ path }) => path.includes('watch=1'))
      .map(({ path }) => new URL(path, 'http://a').searchParams.get('resourceVersion'))
    expect(versions).toEqual(['5', '7'])
    tasks.end()
  })

  test('end together: a client that comes again has missed nothing of any kind', async () => {
    const { call, tasks } = await watching()
    const events = eventsIn(await call('GET', `${here}?tasks=5&agents=7`))
    tasks.end()
    expect(await events.next()).toBeUndefined()
  })

  test('of which one began too long ago say which', async () => {
    const { call, tasks } = await watching()
    const events = eventsIn(await call('GET', `${here}?tasks=5&agents=7`))
    tasks.say(JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } }))
    expect(await events.next()).toMatchObject({ event: 'expired', data: { kind: 'Task' } })
    expect(await events.next()).toBeUndefined()
  })

  test('are refused as a whole where one kind may not be seen', async () => {
    const { call } = await api({
      'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews': ({ body }) =>
        json({ status: { allowed: !JSON.stringify(body).includes('"agents"') } }, 201),
    })
    const response = await call('GET', `${here}?tasks=5&agents=7`)
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({
      message: expect.stringContaining('you may not watch agents in namespace team'),
    })
  })

  test.each(['', '?tasks=', '?tasks=abc', '?pods=1'])('%s is no question', async (query) => {
    const { call } = await api()
    expect((await call('GET', here + query)).status).toBe(400)
  })
})
