import { describe, expect, test } from 'vitest'
import { agent, ready } from '../../../test/builders/agent.ts'
import { api, withJson } from '../../../test/builders/api.ts'
import type { Answers } from '../../../test/builders/upstream.ts'
import { json, refused } from '../../../test/builders/upstream.ts'
import { restOf } from './proxy.ts'

const here = '/api/v1/namespaces/default/agents/coder/proxy'
const own = '/apis/kubeopencode.io/v1alpha1/namespaces/default/agents/coder'
const secret = '/api/v1/namespaces/default/secrets/coder-server-auth'
const service = (port: string) => `/api/v1/namespaces/default/services/coder:${port}/proxy`
const coder: Answers = { [`GET ${own}`]: () => json(agent()) }
const guarded: Answers = {
  [`GET ${own}`]: () => json(agent(ready)),
  [`GET ${secret}`]: () => json({ data: { password: btoa('open sesame') } }),
}

describe('the server of an Agent', () => {
  test('with a password is asked at its guard, with the password in a header', async () => {
    const { call, asked } = await api({ ...guarded, [`GET ${service('guard')}/session`]: () => json([]) })
    const response = await call('GET', `${here}/session?limit=1`)
    expect(await response.json()).toEqual([])
    expect(asked.at(-1)).toMatchObject({
      caller: { kind: 'token', token: 'ada-token' },
      path: `${service('guard')}/session?limit=1`,
      headers: { 'x-kubeopencode-password': 'open sesame' },
    })
  })

  test('without one is asked at its port', async () => {
    const { call } = await api({
      ...coder,
      [`POST ${service('4096')}/session`]: ({ body }) => json({ size: (body as Uint8Array).length }),
    })
    const response = await call('POST', `${here}/session`, withJson({ title: 'x' }))
    expect(await response.json()).toEqual({ size: 13 })
  })

  test('that asks for no password any more is asked at its port, whether or not the Secret is still there', async () => {
    const { call } = await api({
      ...guarded,
      ...coder,
      [`GET ${service('4096')}/session`]: () => json([]),
    })
    expect((await call('GET', `${here}/session`)).status).toBe(200)
  })

  test('whose Secret is gone is told so, and is not asked without it', async () => {
    const { call, asked } = await api({ [`GET ${own}`]: () => json(agent(ready)) })
    const response = await call('GET', `${here}/session`)
    expect(await response.json()).toMatchObject({
      code: 503,
      message: expect.stringContaining('Secret default/coder-server-auth with it is not there') as unknown,
    })
    expect(asked.some(({ path }) => path.includes('/proxy'))).toBe(false)
  })

  test('whoever may not read its password is told which right is missing (row 49)', async () => {
    const { call, asked } = await api({ ...guarded, [`GET ${secret}`]: () => refused(403, 'Forbidden', 'no secrets') })
    const response = await call('POST', `${here}/session/x/shell`, withJson({}))
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({
      message: expect.stringMatching(
        /right to get Secret coder-server-auth in namespace default.*kubeopencode-agent-admin/,
      ) as unknown,
    })
    expect(asked.some(({ path }) => path.includes('/proxy'))).toBe(false)
  })

  test('a refusal of the apiserver is passed on as one', async () => {
    const { call } = await api({
      ...guarded,
      [`GET ${service('guard')}/session`]: () => refused(403, 'Forbidden', 'no services/proxy'),
    })
    expect(await (await call('GET', `${here}/session`)).json()).toEqual({
      error: 'Forbidden',
      message: 'no services/proxy',
      code: 403,
    })
  })

  test('that is away is told so', async () => {
    const { call } = await api({
      ...guarded,
      [`GET ${service('guard')}/session`]: () => refused(503, 'ServiceUnavailable', 'no endpoints available'),
    })
    const body = (await (await call('GET', `${here}/session`)).json()) as { message: string }
    expect(body.message).toBe(
      'the server of Agent default/coder does not answer (no endpoints available): it may be suspended or starting; its conditions say more',
    )
  })

  test('an answer of its own is passed on with its code, whatever it says', async () => {
    const { call } = await api({
      ...guarded,
      [`GET ${service('guard')}/session`]: () => json({ name: 'NotFoundError' }, 404),
    })
    const response = await call('GET', `${here}/session`)
    expect(response.status).toBe(404)
    expect(await response.json()).toEqual({ name: 'NotFoundError' })
  })

  test('neither its pages nor its cookies become ours', async () => {
    const page = () =>
      new Response('<script>steal()</script>', {
        headers: {
          'content-type': 'text/html',
          'set-cookie': 'kubeopencode-session=x',
          'access-control-allow-origin': '*',
        },
      })
    const { call } = await api({ ...guarded, [`GET ${service('guard')}/`]: page })
    const { headers } = await call('GET', `${here}/`)
    expect(headers.get('content-security-policy')).toBe("sandbox; default-src 'none'")
    expect(headers.get('set-cookie')).toBeNull()
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })

  test('hears neither cookies nor authority of the caller', async () => {
    const { call, asked } = await api({ ...guarded, [`GET ${service('guard')}/session`]: () => json([]) })
    await call('GET', `${here}/session`, {
      headers: { cookie: 'a=b', accept: 'application/json', 'x-forwarded-for': '1.2.3.4' },
    })
    expect(Object.keys(asked.at(-1)?.headers ?? {}).toSorted()).toEqual(['accept', 'x-kubeopencode-password'])
  })
})

describe('a path that could lead elsewhere (row 50)', () => {
  const base = '/agents/coder/proxy'
  const url = (rest: string) => `http://koc.example/api/v1/namespaces/default${base}${rest}`

  test.each([
    { rest: '/', want: '/' },
    { rest: '/session/ses_1/message?limit=5', want: '/session/ses_1/message?limit=5' },
    { rest: '/file/content?path=../x', want: '/file/content?path=../x' },
    { rest: '/find/', want: '/find/' },
    { rest: '/a%20b', want: '/a%20b' },
    { rest: '/@evil', want: '/@evil' },
  ])('$rest goes on as it is', ({ rest, want }) => expect(restOf(url(rest), base)).toBe(want))

  test.each([
    '',
    '//evil.example/x',
    '/a//b',
    '/a%2fb',
    '/%2e%2e%2fx',
    '/a%5cb',
    '/%252e%252e/x',
    '/a%00b',
    '/%zz',
    '@evil.example/x',
    '/a%0d%0ab',
  ])('%s does not', (rest) => expect(() => restOf(url(rest), base)).toThrow('is not plain'))

  test.each([
    { name: 'dots that the browser takes out lead to no other Agent', path: `${here}/../../other/proxy/x`, code: 404 },
    { name: 'encoded dots neither', path: `${here}/%2e%2e/%2e%2e/x`, code: 404 },
    { name: 'a namespace with a slash', path: '/api/v1/namespaces/a%2Fb/agents/coder/proxy/x', code: 400 },
    { name: 'a namespace of dots', path: '/api/v1/namespaces/..%2f..%2fnodes/tasks', code: 400 },
    { name: 'a name with a question mark', path: '/api/v1/namespaces/default/agents/a%3Fb/proxy/x', code: 400 },
    { name: 'a name with a line end', path: '/api/v1/namespaces/default/tasks/a%0d%0ab', code: 400 },
    { name: 'a name in capitals', path: '/api/v1/namespaces/default/tasks/Job', code: 400 },
    { name: 'a name of 254 characters', path: `/api/v1/namespaces/default/tasks/${'a'.repeat(254)}`, code: 400 },
  ])('$name: $code, and nothing of it reaches the server', async ({ path, code }) => {
    const { call, asked } = await api(guarded)
    expect((await call('GET', path)).status).toBe(code)
    expect(asked.filter((one) => one.path.includes('/proxy') || one.path.includes('nodes'))).toEqual([])
  })
})
