import { request } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { pathOf } from '../../shared/kubernetes.ts'
import type { ApiWorld } from '../../test/apiserver/api-world.ts'
import { apiWorld } from '../../test/apiserver/api-world.ts'
import type { PlayedServer } from '../../test/apiserver/opencode-server.ts'
import { startOpenCode } from '../../test/apiserver/opencode-server.ts'

/** Rows of the security suite that begin on the wire, at the real server before the real apiserver. */
let world: ApiWorld
let opencode: PlayedServer
let viewer: string
let user: string
let admin: string

const agents = '/api/v1/namespaces/team/agents'
const tasks = '/api/v1/namespaces/team/tasks'

beforeAll(async () => {
  world = await apiWorld('api-doors')
  viewer = await world.person('viewer', 'kubeopencode-viewer')
  user = await world.person('user', 'kubeopencode-user')
  admin = await world.person('admin', 'kubeopencode-agent-admin')
  // Without its template the functions make nothing for it, so that its Service may lead to a server the test plays.
  for (const name of ['coder', 'other'])
    await world.as(admin).call('POST', agents, { metadata: { name }, spec: { templateRef: { name: 'not-there' } } })
  opencode = await startOpenCode(world, 'coder', 'team', { '/session': [] })
})
afterAll(async () => {
  await opencode?.close()
  await world?.close()
})

/** The status of a request as it is written here: fetch would tidy its path. */
const raw = (method: string, path: string, headers: Record<string, string> = {}): Promise<number> => {
  const { hostname: host, port } = new URL(world.url)
  return new Promise((resolve, reject) => {
    const sent = request({ host, port, method, path, headers: { authorization: `Bearer ${admin}`, ...headers } })
    sent.on('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe('row 50: a path that leads elsewhere', () => {
  test('a plain one reaches the server', async () => {
    const before = opencode.asked.length
    expect(await raw('GET', `${agents}/coder/proxy/session`)).toBe(200)
    expect(opencode.asked).toHaveLength(before + 1)
  })

  test.each([
    `${agents}/coder/proxy/../../other/proxy/session`,
    `${agents}/coder/proxy/%2e%2e/%2e%2e/secrets`,
    `${agents}/coder/proxy/..%2f..%2fsecrets`,
    `${agents}/coder/proxy/%252e%252e/secrets`,
    `${agents}/coder/proxy//evil.example/x`,
    `${agents}/coder/proxy@evil.example/x`,
    `${agents}/coder/proxy/a%5c..%5cb`,
    `${agents}/coder/proxy/a%00b`,
    `${agents}/coder%3Fx/proxy/session`,
    `${agents}/..%2f..%2fnodes/proxy/session`,
    '/api/v1/namespaces/team%2Fagents/agents/coder/proxy/session',
    '/api/v1/namespaces/..%2fkube-system/tasks',
    'http://evil.example/api/v1/namespaces/..%2f/tasks',
  ])('%s is refused, and nobody is asked', async (path) => {
    const before = opencode.asked.length
    expect([400, 403, 404]).toContain(await raw('GET', path))
    expect([400, 403, 404]).toContain(await raw('POST', path, { 'content-length': '0' }))
    expect(opencode.asked).toHaveLength(before)
  })
})

describe('row 78: a WebSocket of others', () => {
  const codeOf = (token: string | undefined, headers: Record<string, string>, protocols: string[] = [], query = '') => {
    const socket = new WebSocket(`${world.url.replace('http', 'ws')}${agents}/coder/terminal${query}`, protocols, {
      headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
    })
    return new Promise<number>((resolve, reject) => {
      socket.once('unexpected-response', (sent, response) => {
        sent.destroy()
        resolve(response.statusCode ?? 0)
      })
      socket.once('open', () => {
        socket.terminate()
        resolve(101)
      })
      socket.once('error', reject)
    })
  }
  const cookieOf = async (token: string): Promise<string> => {
    const headers = { 'content-type': 'application/json', origin: world.url }
    const response = await world.request('POST', '/api/v1/login', { headers, body: JSON.stringify({ token }) })
    return response.headers.get('set-cookie')?.split(';')[0] ?? ''
  }

  test('of another page, of none, or with a token where tokens are kept, is refused', async () => {
    const cookie = await cookieOf(admin)
    expect(await codeOf(undefined, { cookie, origin: 'https://evil.example' })).toBe(403)
    expect(await codeOf(undefined, { cookie, origin: 'null' })).toBe(403)
    expect(await codeOf(undefined, { cookie })).toBe(403)
    expect(await codeOf(admin, { origin: 'https://evil.example' })).toBe(403)
    expect(await codeOf(admin, {}, ['bearer', 'token'])).toBe(403)
    expect(await codeOf(admin, {}, [], `?token=${admin}`)).toBe(403)
    expect(await codeOf(undefined, {}, [], `?token=${admin}`)).toBe(401)
    expect(await codeOf('made-up', {})).toBe(401)
  })

  test('of somebody who may not exec is refused by the apiserver', async () => {
    expect(await codeOf(viewer, {})).toBe(403)
    expect(await codeOf(user, {})).toBe(403)
    expect(await codeOf(undefined, { cookie: await cookieOf(viewer), origin: world.url })).toBe(403)
  })

  test('of our own page, with a session, is opened', async () => {
    expect(await codeOf(undefined, { cookie: await cookieOf(admin), origin: world.url })).toBe(101)
  })
})

describe('row 53: a status is told by the functions alone', () => {
  test('what a person writes into it is not stored', async () => {
    const forged = { phase: 'Completed', podName: 'other-pod', session: { id: 'x', url: 'http://evil.example' } }
    const spec = { description: 'x', agentRef: { name: 'coder' } }
    const made = await world.as(user).call('POST', tasks, { metadata: { name: 'forged' }, spec, status: forged })
    expect(made.status).toBe(201)
    const read = (await world.as(user).get(`${tasks}/forged`)).body
    await world.as(user).call('PUT', `${tasks}/forged`, { ...read, status: forged })
    expect(JSON.stringify((await world.as(user).get(`${tasks}/forged`)).body)).not.toMatch(/evil|other-pod/)
    const response = await fetch(`${world.url}${tasks}/forged/status`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${user}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...read, status: forged }),
    })
    expect(response.status).toBe(404)
  })

  test('nor does the role of a plain user reach it at the apiserver', async () => {
    const answer = await world.send('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: {
          user: 'system:serviceaccount:team:user',
          resourceAttributes: {
            verb: 'patch',
            group: 'kubeopencode.io',
            resource: 'tasks',
            subresource: 'status',
            namespace: 'team',
          },
        },
      },
    })
    expect(await answer.json()).toMatchObject({ status: { allowed: false } })
  })
})

describe('row 70: bodies that are no requests', () => {
  const posted = (body: BodyInit, headers: Record<string, string> = {}) =>
    fetch(`${world.url}${tasks}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${user}`, 'content-type': 'application/json', ...headers },
      body,
      duplex: 'half',
    } as RequestInit)

  /** The server may hang up before all of it is sent, and the answer is lost to this client. */
  const refusedEarly = (answer: Promise<Response>) =>
    answer.then(
      ({ status }) => status,
      () => 413,
    )

  test('nothing, too much, and packed', async () => {
    expect((await posted('')).status).toBe(400)
    expect(await refusedEarly(posted(`"${'x'.repeat(3 * 1024 * 1024)}"`))).toBe(413)
    expect((await posted(new Uint8Array([0x1f, 0x8b, 8, 0]), { 'content-encoding': 'gzip' })).status).toBe(400)
    expect((await world.as(user).get(tasks)).status).toBe(200)
    // Logged once it is over, which may be after the client has hung up.
    await expect.poll(() => world.lines.filter((line) => line.includes('"code":413'))).toHaveLength(1)
  })

  test('one that breaks off is no fault of the server', async () => {
    const { hostname, port } = new URL(world.url)
    const before = world.lines.length
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        const head = [`POST ${tasks} HTTP/1.1`, `host: ${hostname}`, `authorization: Bearer ${user}`]
        socket.write(
          [...head, 'content-type: application/json', 'content-length: 100', '', '{"metadata":'].join('\r\n'),
        )
        setTimeout(() => {
          socket.destroy()
          resolve()
        }, 200)
      })
    })
    await expect.poll(() => world.lines.length).toBeGreaterThan(before)
    expect(world.lines.slice(before).join('\n')).not.toContain('a request failed')
  })
})

describe('row 80: guessing', () => {
  test('is slow however many tokens are tried, and takes nothing from who is known', async () => {
    expect((await world.as(user).get(tasks)).status).toBe(200)
    const codes = new Map<number, number>()
    const guess = async (index: number): Promise<void> => {
      const { status } = await world.as(`guess-${index}`).get(tasks)
      codes.set(status, (codes.get(status) ?? 0) + 1)
    }
    // At once, so that a slow machine does not do it slowly by itself.
    for (let batch = 0; batch < 2; batch += 1)
      await Promise.all(Array.from({ length: 500 }, (_, index) => guess(batch * 500 + index)))
    expect(new Set(codes.keys())).toEqual(new Set([401, 429]))
    expect((await world.as(user).get(tasks)).status).toBe(200)
  })
})

describe('row 82: who one is goes no further than the apiserver', () => {
  test('no header that says somebody else reaches the server of an Agent', async () => {
    await raw('GET', `${agents}/coder/proxy/session`, {
      'impersonate-user': 'system:admin',
      'x-remote-user': 'system:admin',
      'x-forwarded-for': '10.0.0.1',
      cookie: 'a=b',
    })
    const { headers } = opencode.asked.at(-1)!
    expect(headers['impersonate-user']).toBeUndefined()
    expect(headers['x-remote-user']).toBeUndefined()
    expect(headers.cookie).toBeUndefined()
    expect(headers.authorization).toBeUndefined()
  })
})

test('what happened to a Task is not what happened to another of its name before', async () => {
  const make = () =>
    world.as(user).call('POST', tasks, {
      metadata: { name: 'twice' },
      spec: { description: 'x', agentRef: { name: 'nobody' } },
    })
  const reasons = async (): Promise<string[]> => {
    const { body } = await world.as(user).get(`${tasks}/twice/events`)
    return (body['items'] as { reason: string }[]).map(({ reason }) => reason)
  }
  await make()
  await world.as(user).call('POST', `${tasks}/twice/stop`)
  await world.until(reasons, (found) => found.includes('Stopped'))
  await world.as(user).call('DELETE', `${tasks}/twice`)
  await world.until(
    async () => (await world.send('GET', pathOf('Task', 'team', 'twice'))).status,
    (status) => status === 404,
  )
  await make()
  expect(await reasons()).not.toContain('Stopped')
})

test('nothing that was logged has a token in it', () => {
  for (const token of [viewer, user, admin]) expect(world.lines.join('\n')).not.toContain(token)
})
