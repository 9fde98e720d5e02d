import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiWorld } from '../../test/apiserver/api-world.ts'
import { apiWorld, nameIn, namesIn } from '../../test/apiserver/api-world.ts'

let world: ApiWorld
let viewer: ReturnType<ApiWorld['as']>
let user: ReturnType<ApiWorld['as']>
let admin: ReturnType<ApiWorld['as']>

beforeAll(async () => {
  world = await apiWorld('api')
  viewer = world.as(await world.person('viewer', 'kubeopencode-viewer'))
  user = world.as(await world.person('user', 'kubeopencode-user'))
  admin = world.as(await world.person('admin', 'kubeopencode-agent-admin'))
  await admin.call('POST', '/api/v1/namespaces/team/agents', {
    metadata: { name: 'coder' },
    spec: { workspaceDir: '/workspace', serviceAccountName: 'default' },
  })
})
afterAll(() => world?.close())

const tasks = '/api/v1/namespaces/team/tasks'
const crontasks = '/api/v1/namespaces/team/crontasks'
const agents = '/api/v1/namespaces/team/agents'
const task = (name: string, description = 'do it') => ({
  metadata: { name },
  spec: { description, agentRef: { name: 'coder' } },
})

describe('roles decide, and the apiserver says so', () => {
  test('info tells who the caller is', async () => {
    const { status, body } = await viewer.get('/api/v1/info')
    expect(status).toBe(200)
    expect(body).toMatchObject({ mode: 'token', user: { username: 'system:serviceaccount:team:viewer' } })
    expect(body['kubernetes']).toMatch(/^v1\./)
  })

  test('a viewer reads and creates nothing: 403 in the words of the apiserver', async () => {
    expect((await viewer.get(tasks)).status).toBe(200)
    const { status, body } = await viewer.call('POST', tasks, task('no'))
    expect(status).toBe(403)
    expect(body).toMatchObject({ error: 'Forbidden', code: 403 })
    expect(body['message']).toMatch(/"system:serviceaccount:team:viewer" cannot create resource "tasks"/)
  })

  test('rights are told before they are missed', async () => {
    const { body } = await user.get('/api/v1/namespaces/team/rights')
    expect(body['allowed']).toEqual(
      expect.arrayContaining(['list tasks', 'create tasks', 'list agents', 'get pods/log']),
    )
    expect(body['denied']).toEqual(expect.arrayContaining(['create agents', 'get secrets', 'create pods/exec']))
    expect((await admin.get('/api/v1/namespaces/team/rights')).body['denied']).toEqual([
      ...['tasks', 'crontasks'].flatMap((plural) =>
        ['create', 'patch', 'update', 'delete'].map((verb) => `${verb} ${plural}`),
      ),
      'update kubeopencodeconfigs',
    ])
  })

  test('nobody lists all namespaces with a right to one', async () => {
    expect((await user.get('/api/v1/tasks')).status).toBe(403)
    expect((await user.get('/api/v1/namespaces')).status).toBe(403)
    expect((await user.get('/api/v1/config')).status).toBe(403)
  })

  test('a user gives work, and makes no Agents', async () => {
    const made = await user.call('POST', tasks, task('by-user'))
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ metadata: { labels: { 'kubeopencode.io/agent': 'coder' } } })
    expect((await user.call('POST', agents, { metadata: { name: 'x' }, spec: {} })).status).toBe(403)
  })
})

describe('objects', () => {
  test('404, 409 and 422 are passed on, and each fault has its field', async () => {
    expect((await user.get(`${tasks}/nobody`)).body).toMatchObject({ error: 'NotFound', code: 404 })
    await user.call('POST', tasks, task('twice'))
    expect((await user.call('POST', tasks, task('twice'))).body).toMatchObject({ error: 'AlreadyExists', code: 409 })
    const both = { agentRef: { name: 'coder' }, templateRef: { name: 'base' } }
    const { status, body } = await user.call('POST', tasks, { metadata: { name: 'both' }, spec: both })
    expect(status).toBe(422)
    expect(body['causes']).toContainEqual({
      field: 'spec',
      message: expect.stringContaining('only one of agentRef or templateRef can be specified') as unknown,
    })
  })

  test('a field that nobody knows is told and not dropped', async () => {
    const body = { metadata: { name: 'typo' }, spec: { desciption: 'x', agentRef: { name: 'coder' } } }
    const answer = await user.call('POST', tasks, body)
    expect(answer.status).toBe(400)
    expect(answer.body['message']).toMatch(/unknown field "spec.desciption"/)
  })

  test('YAML in, YAML out', async () => {
    const yaml =
      'metadata:\n  name: from-yaml\nspec:\n  description: |\n    two\n    lines\n  agentRef: { name: coder }\n'
    const made = await user.call('POST', `${tasks}?output=yaml`, yaml, { 'content-type': 'application/yaml' })
    expect(made.status).toBe(201)
    expect(made.body['text']).toMatch(/^apiVersion: kubeopencode.io\/v1alpha1\nkind: Task\n/)
  })

  test('a warning of admission is passed on', async () => {
    const body = { metadata: { name: 'warned' }, spec: { description: 'x', agentRef: { name: 'who' } } }
    const { status, headers } = await user.call('POST', `${tasks}?dryRun=All`, body)
    expect(status).toBe(201)
    expect(headers.get('warning')).toMatch(/who/)
    expect((await user.get(`${tasks}/warned`)).status).toBe(404)
  })

  test('If-Match: only what was read is replaced', async () => {
    await user.call('POST', crontasks, {
      metadata: { name: 'edited' },
      spec: { schedule: '0 0 1 1 *', taskTemplate: { spec: task('x').spec } },
    })
    // The functions announce its next run first.
    await world.until(
      () => user.get(`${crontasks}/edited`),
      (found) => (found.body['status'] as { nextScheduleTime?: string } | undefined)?.nextScheduleTime !== undefined,
    )
    await world.settled()
    const { headers, body } = await user.get(`${crontasks}/edited`)
    const etag = headers.get('etag') ?? ''
    const change = { ...body, spec: { ...(body['spec'] as object), schedule: '0 0 2 1 *' } }
    const first = await user.call('PUT', `${crontasks}/edited`, change, { 'if-match': etag })
    expect(first.status).toBe(200)
    expect(first.headers.get('etag')).not.toBe(etag)
    const second = await user.call('PUT', `${crontasks}/edited`, change, { 'if-match': etag })
    expect(second.body).toMatchObject({ error: 'Conflict', code: 409 })
    const without = { metadata: { name: 'edited' }, spec: change.spec }
    const third = await user.call('PUT', `${crontasks}/edited`, without)
    expect(third.body['message']).toMatch(/resourceVersion.*must be specified/)
    // The functions have written the status meanwhile, perhaps.
    const now = (await user.get(`${crontasks}/edited`)).headers.get('etag') ?? ''
    expect((await user.call('DELETE', `${crontasks}/edited`, undefined, { 'if-match': etag })).status).toBe(409)
    expect([200, 409]).toContain(
      (await user.call('DELETE', `${crontasks}/edited`, undefined, { 'if-match': now })).status,
    )
  })
})

describe('lists', () => {
  const names = ['l-1', 'l-2', 'l-3', 'l-4', 'l-5']
  beforeAll(async () => {
    for (const name of names) {
      const made = { ...task(name), metadata: { name, labels: { set: 'list' } } }
      await user.call('POST', tasks, made)
    }
  })
  const path = `${tasks}?labelSelector=set%3Dlist`

  const pages = async (query: string): Promise<string[][]> => {
    const found: string[][] = []
    let next = ''
    do {
      const { status, body } = await viewer.get(`${path}&${query}&continue=${encodeURIComponent(next)}`)
      expect(status).toBe(200)
      found.push(namesIn(body))
      next = (body['metadata'] as { continue?: string }).continue ?? ''
    } while (next)
    return found
  }

  test('the apiserver pages', async () => {
    expect(await pages('limit=2')).toEqual([['l-1', 'l-2'], ['l-3', 'l-4'], ['l-5']])
  })

  test('newest and oldest first, page by page', async () => {
    const newest = (await pages('limit=2&sortOrder=desc')).flat()
    const oldest = (await pages('limit=3&sortOrder=asc')).flat()
    expect(newest.toSorted()).toEqual(names)
    expect(oldest.toSorted()).toEqual(names)
    const { body } = await viewer.get(path)
    const times = new Map(
      (body['items'] as { metadata: { name: string; creationTimestamp: string } }[]).map(({ metadata }) => [
        metadata.name,
        metadata.creationTimestamp,
      ]),
    )
    const timesOf = (sorted: string[]) => sorted.map((name) => times.get(name) ?? '')
    expect(timesOf(oldest)).toEqual(timesOf(oldest).toSorted())
    expect(timesOf(newest)).toEqual(timesOf(newest).toSorted().toReversed())
  })

  test('by phase and by Agent', async () => {
    await world.until(
      async () => namesIn((await viewer.get(`${path}&phase=Queued&agent=coder`)).body),
      (found) => found.length === names.length,
    )
    expect(namesIn((await viewer.get(`${path}&phase=Completed`)).body)).toEqual([])
    expect(namesIn((await viewer.get(`${path}&agent=other`)).body)).toEqual([])
    expect(namesIn((await viewer.get(`${tasks}?name=l-3`)).body)).toEqual(['l-3'])
  })

  test('a selector that is none is refused by the apiserver', async () => {
    expect((await viewer.get(`${tasks}?labelSelector=a%20b%20c`)).status).toBe(400)
  })
})

describe('watch', () => {
  test('goes on from a version, and from the last event that was seen', async () => {
    const { body } = await viewer.get(`${tasks}?limit=1`)
    const from = (body['metadata'] as { resourceVersion: string }).resourceVersion
    const query = `${tasks}?watch=1&labelSelector=set%3Dwatch`
    const first = await viewer.events(`${query}&resourceVersion=${from}`)
    const make = (name: string) =>
      user.call('POST', tasks, { ...task(name), metadata: { name, labels: { set: 'watch' } } })
    await make('w-1')
    const added = await first.until(({ event }) => event === 'ADDED')
    expect(nameIn(added)).toBe('w-1')
    expect(added.data['metadata']).not.toHaveProperty('managedFields')
    await first.close()

    await make('w-2')
    const again = await viewer.events(`${query}&resourceVersion=${from}`, { 'last-event-id': added.id ?? '' })
    const next = await again.until(({ event }) => event === 'ADDED')
    expect(nameIn(next)).toBe('w-2')
    await user.call('DELETE', `${tasks}/w-2`)
    expect(nameIn(await again.until(({ event }) => event === 'DELETED'))).toBe('w-2')
    await again.close()
  })

  test('a version that is too old is told as expired, and not as a gap', async () => {
    const events = await viewer.events(`${tasks}?watch=1&resourceVersion=1`)
    expect(await events.next()).toMatchObject({ event: 'expired' })
    expect(await events.next()).toBeUndefined()
  })

  test('needs the right to watch', async () => {
    const nobody = world.as(await world.person('nobody'))
    expect((await nobody.get(`${tasks}?watch=1`)).body).toMatchObject({ code: 403 })
  })
})

describe('verbs', () => {
  test('a user stops a Task', async () => {
    await user.call('POST', tasks, task('stopped'))
    const other = await user.call('POST', `${tasks}/stopped/stop?uid=6a0c1f1e-0000-4000-8000-000000000000`)
    expect(other.body).toMatchObject({ code: 409, message: expect.stringMatching(/another one has its name/) })
    const { metadata } = (await user.get(`${tasks}/stopped`)).body as {
      metadata: { uid: string; annotations?: object }
    }
    expect(metadata.annotations ?? {}).not.toHaveProperty(['kubeopencode.io/stop'])
    const { status, body } = await user.call('POST', `${tasks}/stopped/stop?uid=${metadata.uid}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ metadata: { annotations: { 'kubeopencode.io/stop': 'true' } } })
    await world.until(
      async () => (await user.get(`${tasks}/stopped`)).body['status'] as { phase?: string } | undefined,
      (found) => found?.phase === 'Completed',
    )
    // An Event is written after what it tells of.
    await expect
      .poll(async () => (await viewer.get(`${tasks}/stopped/events`)).body['items'])
      .toContainEqual(expect.objectContaining({ reason: 'Stopped', count: 1 }))
    expect((await viewer.call('POST', `${tasks}/stopped/stop`)).status).toBe(403)
    expect((await user.call('POST', `${tasks}/nobody/stop`)).status).toBe(404)
  })

  test('trigger answers with the name of the Task; history has it', async () => {
    const spec = { schedule: '0 0 1 1 *', taskTemplate: { spec: task('x').spec } }
    await user.call('POST', crontasks, { metadata: { name: 'nightly' }, spec })
    const { status, body } = await user.call('POST', `${crontasks}/nightly/trigger`)
    expect(status).toBe(200)
    expect(body['task']).toMatch(/^nightly-\d+$/)
    await world.until(
      async () => namesIn((await viewer.get(`${crontasks}/nightly/history`)).body),
      (found) => found.length === 1 && found[0] === body['task'],
    )
    expect((await viewer.call('POST', `${crontasks}/nightly/trigger`)).status).toBe(403)
  })

  test('a CronTask is suspended and resumed', async () => {
    const spec = { schedule: '0 0 1 1 *', taskTemplate: { spec: task('x').spec } }
    await user.call('POST', crontasks, { metadata: { name: 'held' }, spec })
    expect((await user.call('POST', `${crontasks}/held/suspend`)).body).toMatchObject({ spec: { suspend: true } })
    expect((await user.call('POST', `${crontasks}/held/resume`)).body).toMatchObject({ spec: { suspend: false } })
  })

  test('an Agent at work is not suspended', async () => {
    expect((await user.call('POST', `${agents}/coder/suspend`)).status).toBe(403)
    const busy = { metadata: { name: 'busy' }, spec: { workspaceDir: '/workspace', serviceAccountName: 'default' } }
    await admin.call('POST', agents, busy)
    await user.call('POST', tasks, {
      metadata: { name: 'works' },
      spec: { description: 'x', agentRef: { name: 'busy' } },
    })
    // When the functions have said their word, nobody speaks against this one.
    await world.until(
      async () => (await admin.get(`${tasks}/works`)).body as { status?: { phase?: string } },
      ({ status }) => status?.phase === 'Queued',
    )
    await world.settled()
    await world.send('PATCH', '/apis/kubeopencode.io/v1alpha1/namespaces/team/tasks/works/status', {
      body: { status: { phase: 'Running' } },
      contentType: 'application/merge-patch+json',
    })
    const refused = await admin.call('POST', `${agents}/busy/suspend`)
    expect(refused.status).toBe(409)
    expect(refused.body['message']).toMatch(/Agent team\/busy is at work for Task works/)
    expect((await admin.call('POST', `${agents}/coder/suspend`)).body).toMatchObject({ spec: { suspend: true } })
    expect((await admin.call('POST', `${agents}/coder/resume`)).body).toMatchObject({ spec: { suspend: false } })
  })
})
