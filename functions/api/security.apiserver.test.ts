import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiWorld } from '../../test/apiserver/api-world.ts'
import { apiWorld } from '../../test/apiserver/api-world.ts'
import type { PlayedServer } from '../../test/apiserver/opencode-server.ts'
import { startOpenCode } from '../../test/apiserver/opencode-server.ts'
import { accountMayGetSecret, tokenOf } from '../../test/apiserver/people.ts'
import { agentAppLabels, annotations, labels } from '../../crds/names.ts'
import { pathOf } from '../../shared/kubernetes.ts'

const transcript = [
  { info: { role: 'user' } },
  { info: { role: 'assistant' }, parts: [{ type: 'text', text: 'done' }] },
]

let world: ApiWorld
let opencode: PlayedServer
let viewer: string
let admin: string

const post = async (path: string, body: object): Promise<void> => {
  const response = await world.send('POST', path, { body })
  if (!response.ok) throw new Error(`POST ${path}: ${await response.text()}`)
}

/** What the functions have made for an Agent before, as far as it says that the server has a password. */
const passwordServer = async ({ uid }: { uid: string }): Promise<void> => {
  const own = { [labels.agent]: 'coder', ...agentAppLabels('coder') }
  const { apiVersion, kind } = { apiVersion: 'kubeopencode.io/v1alpha1', kind: 'Agent' }
  await post(pathOf('Deployment', 'team'), {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'coder-server',
      labels: own,
      ownerReferences: [{ apiVersion, kind, name: 'coder', uid, controller: true }],
    },
    spec: {
      replicas: 0,
      selector: { matchLabels: own },
      template: {
        metadata: { labels: own, annotations: { [annotations.serverPassword]: 'a-digest' } },
        spec: { containers: [{ name: 'opencode-server', image: 'played' }] },
      },
    },
  })
  await world.until(
    () => world.cluster.get({ kind: 'Agent', namespace: 'team', name: 'coder' }),
    (found) => found?.status?.authSecretName !== undefined,
  )
}

beforeAll(async () => {
  world = await apiWorld('api-security')
  viewer = await world.person('viewer', 'kubeopencode-viewer')
  admin = await world.person('admin', 'kubeopencode-agent-admin')
  // Without its template the functions make nothing for it, so that its Service may lead to a server the test plays. They
  // see that it has a password.
  const made = await world
    .as(admin)
    .call('POST', agents, { metadata: { name: 'coder' }, spec: { templateRef: { name: 'not-there' } } })
  await passwordServer(made.body['metadata'] as { uid: string })
  opencode = await startOpenCode(world, 'coder', 'team', {
    '/session': [],
    '/session/ses_1': { id: 'ses_1', title: 'a session' },
    '/session/status': { ses_1: { type: 'busy' } },
    '/session/ses_1/todo': [{ content: 'look' }],
    '/session/ses_1/message': transcript,
  })
  await post(pathOf('Secret', 'team'), {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'coder-server-auth' },
    stringData: { password: 'open sesame' },
  })
})
afterAll(async () => {
  await opencode?.close()
  await world?.close()
})

const tasks = '/api/v1/namespaces/team/tasks'
const agents = '/api/v1/namespaces/team/agents'

/** A ServiceAccount that may do nothing yet, and its token. */
const stranger = (name: string) => world.person(name)

describe('row 46: tokens that are none', () => {
  test('no token, an empty one, one of 64 KiB, two headers', async () => {
    for (const headers of [
      {},
      { authorization: 'Bearer ' },
      { authorization: `Bearer ${'a'.repeat(65_536)}` },
      { authorization: `Bearer ${viewer}, Bearer ${viewer}` },
    ])
      expect((await world.request('GET', tasks, { headers: headers as Record<string, string> })).status).toBe(401)
  })

  test('a token that was changed, one for another audience, one of an account that is gone', async () => {
    const changed = `${viewer.slice(0, -8)}AAAAAAAA`
    const audience = await tokenOf(world.send, 'team', 'viewer', 'https://other.example')
    const gone = await stranger('gone')
    await world.send('DELETE', '/api/v1/namespaces/team/serviceaccounts/gone')
    // The apiserver hears by a watch of its own that an account is gone.
    await world.until(
      async () => (await world.as(gone).get(tasks)).status,
      (status) => status === 401,
    )
    for (const token of [changed, audience, gone]) {
      const { status, body } = await world.as(token).get(tasks)
      expect(status).toBe(401)
      expect(body).toMatchObject({ error: 'Unauthorized', code: 401 })
    }
  })
})

describe('row 47: nobody is anybody by default', () => {
  test('without a token there is no way to the apiserver, not even its anonymous one', async () => {
    for (const path of ['/api/v1/info', '/api/v1/namespaces', '/api/v1/tasks', `${agents}/coder/proxy/session`])
      expect((await world.request('GET', path)).status).toBe(401)
  })
})

describe('row 44: pages of other sites', () => {
  test('a simple request of another site changes nothing', async () => {
    const headers = { authorization: `Bearer ${admin}`, origin: 'https://evil.example', 'content-type': 'text/plain' }
    const body = JSON.stringify({ metadata: { name: 'evil' }, spec: { description: 'x', agentRef: { name: 'coder' } } })
    expect((await world.request('POST', tasks, { headers, body })).status).toBe(403)
    const { origin: _, ...without } = headers
    expect((await world.request('POST', tasks, { headers: without, body })).status).toBe(415)
    expect((await world.as(admin).get(`${tasks}/evil`)).status).toBe(404)
  })
})

describe('a session', () => {
  test('is made with a token that the apiserver knows, and acts as it', async () => {
    const headers = { 'content-type': 'application/json', origin: world.url }
    const login = (token: string) =>
      world.request('POST', '/api/v1/login', { headers, body: JSON.stringify({ token }) })
    expect((await login('made-up')).status).toBe(401)
    const response = await login(viewer)
    expect(await response.json()).toMatchObject({ username: 'system:serviceaccount:team:viewer' })
    const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? ''
    expect((await world.request('GET', tasks, { headers: { cookie } })).status).toBe(200)
    const stop = { cookie, origin: world.url }
    expect((await world.request('POST', `${tasks}/x/stop`, { headers: stop })).status).toBe(403)
  })

  test('is over with the account it is of (row 80)', async () => {
    const token = await world.person('leaves', 'kubeopencode-viewer')
    const headers = { 'content-type': 'application/json', origin: world.url }
    const response = await world.request('POST', '/api/v1/login', { headers, body: JSON.stringify({ token }) })
    const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? ''
    await world.send('DELETE', '/api/v1/namespaces/team/serviceaccounts/leaves')
    const seen = await world.until(
      async () => (await world.request('GET', tasks, { headers: { cookie } })).status,
      (status) => status === 401,
    )
    expect(seen).toBe(401)
  })
})

describe('row 82: who one is the apiserver says', () => {
  test('headers of impersonation change nothing', async () => {
    const headers = {
      'impersonate-user': 'system:admin',
      'impersonate-group': 'system:masters',
      'impersonate-uid': '0',
      'x-remote-user': 'system:admin',
      'x-remote-group': 'system:masters',
    }
    const { body } = await world.as(viewer).get('/api/v1/info', headers)
    expect(body['user']).toMatchObject({ username: 'system:serviceaccount:team:viewer' })
    expect(JSON.stringify(body['user'])).not.toContain('masters')
    const deleted = await world.as(viewer).call('DELETE', `${agents}/coder`, undefined, headers)
    expect(deleted.status).toBe(403)
  })
})

describe('row 80: what is open ends with the right to it', () => {
  const within = async (work: Promise<unknown>): Promise<number> => {
    const started = performance.now()
    await work
    return performance.now() - started
  }

  test('a watch, when the binding goes', async () => {
    const token = await world.person('loses-role', 'kubeopencode-viewer')
    const events = await world.as(token).events(`${tasks}?watch=1`)
    await world.send(
      'DELETE',
      '/apis/rbac.authorization.k8s.io/v1/namespaces/team/rolebindings/loses-role-kubeopencode-viewer',
    )
    expect(await within(events.until(({ event }) => event === 'problem'))).toBeLessThan(15_000)
    expect(await events.next()).toBeUndefined()
  })

  test('a watch, when the account goes', async () => {
    const token = await world.person('loses-account', 'kubeopencode-viewer')
    const events = await world.as(token).events(`${tasks}?watch=1`)
    await world.send('DELETE', '/api/v1/namespaces/team/serviceaccounts/loses-account')
    // The apiserver believes the token for ten seconds more, and the next look comes after twelve.
    expect(await within(events.until(({ event }) => event === 'problem'))).toBeLessThan(25_000)
  })
})

describe('row 49: seeing an Agent is not acting as it', () => {
  test.each(['GET', 'POST'])('%s to its server takes the password, which a viewer may not read', async (method) => {
    const before = opencode.asked.length
    const { status, body } = await world.as(viewer).call(method, `${agents}/coder/proxy/session/ses_1/shell`)
    expect(status).toBe(403)
    expect(body['message']).toMatch(/the right to get Secret coder-server-auth in namespace team/)
    expect(opencode.asked).toHaveLength(before)
  })

  test('with the password but without services/proxy it is the apiserver that refuses', async () => {
    const token = await world.person('reads-secrets', 'kubeopencode-viewer')
    await post('/apis/rbac.authorization.k8s.io/v1/namespaces/team/roles', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'secrets' },
      rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }],
    })
    await post('/apis/rbac.authorization.k8s.io/v1/namespaces/team/rolebindings', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'secrets' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'secrets' },
      subjects: [{ kind: 'ServiceAccount', name: 'reads-secrets', namespace: 'team' }],
    })
    await accountMayGetSecret(world.send, 'team', 'reads-secrets', 'coder-server-auth')
    const { status, body } = await world.as(token).get(`${agents}/coder/proxy/session`)
    expect(status).toBe(403)
    expect(body['message']).toMatch(/cannot get resource "services\/proxy"/)
  })

  test('a terminal takes pods/exec', async () => {
    const { status } = await world.as(viewer).get(`${agents}/coder/terminal`)
    expect(status).toBe(426)
  })

  test('who makes Agents reaches their servers, and the caller’s token stays here', async () => {
    const { status, body } = await world.as(admin).get(`${agents}/coder/proxy/session/ses_1`)
    expect(status).toBe(200)
    expect(body).toEqual({ id: 'ses_1', title: 'a session' })
    const { headers } = opencode.asked.at(-1)!
    expect(headers['x-kubeopencode-password']).toBe('open sesame')
    expect(headers.authorization).toBeUndefined()
    expect(headers.cookie).toBeUndefined()
  })

  test('a page of the server is no page of ours', async () => {
    const response = await world.request('GET', `${agents}/coder/proxy/anything`, {
      headers: { authorization: `Bearer ${admin}` },
    })
    expect(response.headers.get('content-type')).toBe('text/html')
    expect(response.headers.get('content-security-policy')).toMatch(/^sandbox/)
    expect(response.headers.get('set-cookie')).toBeNull()
  })
})

describe('the session of a Task', () => {
  beforeAll(async () => {
    const body = { metadata: { name: 'talks' }, spec: { description: 'x', agentRef: { name: 'coder' } } }
    await world.as(admin).call('POST', agents, body)
    await post(pathOf('Task', 'team'), { apiVersion: 'kubeopencode.io/v1alpha1', kind: 'Task', ...body })
    const status = { phase: 'Completed', session: { id: 'ses_1', title: 'a session', summary: { cost: '0.1' } } }
    await world.send('PATCH', `${pathOf('Task', 'team', 'talks')}/status`, {
      body: { status },
      contentType: 'application/merge-patch+json',
    })
  })

  test('is there when the Pod is gone, with what it does now', async () => {
    expect((await world.as(admin).get(`${tasks}/talks/session`)).body).toEqual({
      id: 'ses_1',
      title: 'a session',
      summary: { cost: '0.1' },
      state: 'busy',
      todo: [{ content: 'look' }],
    })
    expect((await world.as(admin).get(`${tasks}/talks/session/messages`)).body).toEqual(transcript)
  })

  test('is not for a viewer, who is told the right', async () => {
    const { status, body } = await world.as(viewer).get(`${tasks}/talks/session/messages`)
    expect(status).toBe(403)
    expect(body['message']).toMatch(/right to get Secret coder-server-auth/)
  })
})

test('nothing that was logged has a token or a password in it', () => {
  const said = world.lines.join('\n')
  for (const secret of [viewer, admin, 'open sesame']) expect(said).not.toContain(secret)
})
