import { describe, expect, test } from 'vitest'
import { api, withJson } from '../../../test/builders/api.ts'
import type { Answers } from '../../../test/builders/upstream.ts'
import { json, refused } from '../../../test/builders/upstream.ts'
import { createRate } from './rate.ts'

const list = '/api/v1/namespaces/default/tasks'
const upstreamList = '/apis/kubeopencode.io/v1alpha1/namespaces/default/tasks'
const empty = { [`GET ${upstreamList}`]: () => json({ metadata: {}, items: [] }) }
const sameOrigin = { origin: 'http://koc.example' }
const bodyOf = async (response: Response) => (await response.json()) as Record<string, unknown>

const loggedIn = async (answers: Answers = empty) => {
  const here = await api(answers)
  const response = await here.browse('POST', '/api/v1/login', withJson({ token: 'ada-token' }, sameOrigin))
  const set = response.headers.get('set-cookie') ?? ''
  return { ...here, response, set, cookie: set.split(';')[0] ?? '' }
}

describe('who asks (row 46)', () => {
  test.each([
    { name: 'nothing', authorization: undefined },
    { name: 'an empty bearer', authorization: 'Bearer ' },
    { name: 'a bearer of spaces', authorization: 'Bearer    ' },
    { name: 'a bearer twice in one header', authorization: 'Bearer Bearer ada-token' },
    { name: 'two headers, as they arrive', authorization: 'Bearer ada-token, Bearer eve-token' },
    { name: 'Basic', authorization: 'Basic YTpi' },
    { name: 'a token of 64 KiB', authorization: `Bearer ${'a'.repeat(65_536)}` },
    { name: 'a line end in a token', authorization: 'Bearer a%0d%0ab' },
  ])('$name is 401, and the apiserver is not asked', async ({ authorization }) => {
    const { browse, asked } = await api(empty)
    const response = await browse('GET', list, { headers: authorization === undefined ? {} : { authorization } })
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(await bodyOf(response)).toMatchObject({ error: 'Unauthorized', code: 401 })
    expect(asked).toEqual([])
  })

  test('a token that the apiserver does not know is 401, with what to do', async () => {
    const { call } = await api({ [`GET ${upstreamList}`]: () => refused(401, 'Unauthorized', 'Unauthorized') })
    const response = await call('GET', list)
    expect(response.status).toBe(401)
    expect((await bodyOf(response))['message']).toMatch(
      /expired, was withdrawn, or is not meant for this cluster; log in again/,
    )
  })

  test('a header that is wrong is not made good by a cookie that is right', async () => {
    const { browse, cookie } = await loggedIn()
    const response = await browse('GET', list, { headers: { cookie, authorization: 'Bearer ' } })
    expect(response.status).toBe(401)
  })
})

describe('nobody is anybody by default (row 47)', () => {
  test('only what tells nothing is open without a token', async () => {
    const { browse, asked } = await api()
    const open = ['/health', '/ready', '/api/v1/login', '/api/v1/openapi.json']
    const closed = [
      '/api/v1/info',
      '/api/v1/namespaces',
      '/api/v1/config',
      list,
      '/api/v1/namespaces/default/agents/coder/proxy/session',
    ]
    for (const path of open) expect((await browse('GET', path)).status, path).toBe(200)
    for (const path of closed) expect((await browse('GET', path)).status, path).toBe(401)
    expect(asked.map(({ caller, path }) => ({ caller, path }))).toEqual([{ caller: undefined, path: '/readyz' }])
  })
})

describe('a page of another site (row 44)', () => {
  test.each([
    { name: 'evil.example', headers: { origin: 'https://evil.example' } },
    { name: 'a page without an origin', headers: { origin: 'null' } },
    { name: 'a name that begins like ours', headers: { origin: 'http://koc.example.evil.example' } },
    { name: 'another port of ours', headers: { origin: 'http://koc.example:8443' } },
    { name: 'no web page at all', headers: { origin: 'chrome-extension://koc.example' } },
  ])('$name may neither write nor read, even with a bearer token', async ({ headers }) => {
    const { call, asked } = await api(empty)
    expect((await call('POST', list, withJson({}, headers))).status).toBe(403)
    expect((await call('GET', list, { headers })).status).toBe(403)
    expect(asked).toEqual([])
  })

  test.each([
    { name: 'no word of where it comes from', headers: {}, code: 403 },
    { name: 'cross-site', headers: { 'sec-fetch-site': 'cross-site' }, code: 403 },
    { name: 'a neighbour of the same site', headers: { 'sec-fetch-site': 'same-site' }, code: 403 },
    { name: 'our own page', headers: { 'sec-fetch-site': 'same-origin', ...sameOrigin }, code: 200 },
    { name: 'our own page, in an old browser', headers: sameOrigin, code: 200 },
  ])('a session and $name: $code', async ({ headers, code }) => {
    const { browse, cookie } = await loggedIn({
      [`PATCH ${upstreamList}/job`]: () => json({ metadata: {} }),
      ...empty,
    })
    const response = await browse('POST', `${list}/job/stop`, {
      headers: { ...headers, cookie } as Record<string, string>,
    })
    expect(response.status).toBe(code)
  })

  test('a cross-site read with a session is refused too', async () => {
    const { browse, cookie } = await loggedIn()
    expect((await browse('GET', list, { headers: { cookie, 'sec-fetch-site': 'cross-site' } })).status).toBe(403)
    expect((await browse('GET', list, { headers: { cookie } })).status).toBe(200)
  })

  test('no answer invites other sites', async () => {
    const { call } = await api(empty)
    const { headers } = await call('GET', list)
    expect(headers.get('access-control-allow-origin')).toBeNull()
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cache-control')).toBe('no-store')
    expect((await call('OPTIONS', list)).headers.get('access-control-allow-methods')).toBeNull()
  })

  test('a name that is not ours leads nowhere where ours are known', async () => {
    const { call } = await api(empty, { hosts: ['koc.example'] })
    expect((await call('GET', list)).status).toBe(200)
    expect((await call('GET', list, { headers: { host: 'rebound.example' } })).status).toBe(421)
    expect((await call('GET', list, { headers: { host: 'koc.example.evil:80' } })).status).toBe(421)
  })
})

describe('a login', () => {
  test('gives a cookie that no script reads, no other site sends, and no clear text carries', async () => {
    const { response, set } = await loggedIn()
    expect(await bodyOf(response)).toEqual({ username: 'ada', groups: ['system:authenticated'] })
    for (const part of ['HttpOnly', 'SameSite=Strict', 'Secure', 'Path=/', 'Max-Age=129600'])
      expect(set).toContain(part)
    expect(set).not.toContain('ada-token')
  })

  test('acts as the token it was made with', async () => {
    const { browse, cookie, asked } = await loggedIn()
    expect((await browse('GET', list, { headers: { cookie } })).status).toBe(200)
    expect(asked.at(-1)).toMatchObject({ caller: { kind: 'token', token: 'ada-token' } })
    expect(await bodyOf(await browse('GET', '/api/v1/login', { headers: { cookie } }))).toMatchObject({
      user: { username: 'ada' },
    })
  })

  test('on loopback needs no TLS', async () => {
    const { browse } = await api()
    const headers = { host: '127.0.0.1:2746', origin: 'http://127.0.0.1:2746' }
    const response = await browse('POST', '/api/v1/login', withJson({ token: 'ada-token' }, headers))
    expect(response.headers.get('set-cookie')).not.toContain('Secure')
  })

  test('is over in time, however the cookie is kept (row 80)', async () => {
    const { browse, cookie, pass } = await loggedIn()
    pass(12 * 3600 - 1)
    expect((await browse('GET', list, { headers: { cookie } })).status).toBe(200)
    pass(1)
    expect((await browse('GET', list, { headers: { cookie } })).status).toBe(401)
  })

  test('lasts no longer than its token', async () => {
    const claims = btoa(JSON.stringify({ exp: Date.parse('2026-06-01T12:10:00Z') / 1000 }))
    const { browse, pass } = await api()
    const token = { token: `a.${claims.replaceAll('=', '')}.b` }
    const set = (await browse('POST', '/api/v1/login', withJson(token, sameOrigin))).headers.get('set-cookie') ?? ''
    // The cookie stays for another day, so that the browser can be told.
    expect(set).toContain('Max-Age=87000')
    pass(601)
    const response = await browse('GET', list, { headers: { cookie: set.split(';')[0] ?? '' } })
    expect(await bodyOf(response)).toMatchObject({ code: 401, message: 'your session has ended; log in again' })
  })

  test.each([
    { name: 'changed', change: (text: string) => `${text.slice(0, -2)}${text.endsWith('AA') ? 'BB' : 'AA'}` },
    { name: 'cut', change: (text: string) => text.slice(0, -10) },
    { name: 'made up', change: () => 'kubeopencode-session=e30.e30' },
    { name: 'empty', change: () => 'kubeopencode-session=' },
  ])('a cookie that is $name is none', async ({ change }) => {
    const { browse, cookie } = await loggedIn()
    expect((await browse('GET', list, { headers: { cookie: change(cookie) } })).status).toBe(401)
  })

  test('of a token that the apiserver does not know leaves no cookie', async () => {
    const { browse } = await api({
      'POST /apis/authentication.k8s.io/v1/selfsubjectreviews': () => refused(401, 'Unauthorized', 'Unauthorized'),
    })
    const response = await browse('POST', '/api/v1/login', withJson({ token: 'wrong' }, sameOrigin))
    expect(response.status).toBe(401)
    expect(response.headers.get('set-cookie')).toBeNull()
  })

  test.each([
    { name: 'no token', body: {}, code: 400 },
    { name: 'a token that is none', body: { token: 'two words' }, code: 401 },
    { name: 'a token that is a number', body: { token: 1 }, code: 400 },
    { name: 'a code, which is for another mode', body: { code: 'ABC' }, code: 400 },
  ])('$name is refused with $code', async ({ body, code }) => {
    const { browse } = await api()
    expect((await browse('POST', '/api/v1/login', withJson(body, sameOrigin))).status).toBe(code)
  })

  test('a token too long for a cookie is told', async () => {
    const { browse } = await api()
    const response = await browse('POST', '/api/v1/login', withJson({ token: 'a'.repeat(6000) }, sameOrigin))
    expect((await bodyOf(response))['message']).toMatch(/too long for the cookie/)
  })

  test('a logout takes the cookie away', async () => {
    const { browse, cookie } = await loggedIn()
    const response = await browse('POST', '/api/v1/logout', { headers: { cookie, ...sameOrigin } })
    expect(response.status).toBe(204)
    expect(response.headers.get('set-cookie')).toMatch(/kubeopencode-session=; Max-Age=0/)
  })

  test('behind a base path the cookie stays there', async () => {
    const { browse } = await api({}, { basePath: '/koc' })
    const response = await browse('POST', '/koc/api/v1/login', withJson({ token: 'ada-token' }, sameOrigin))
    expect(response.headers.get('set-cookie')).toContain('Path=/koc')
  })
})

describe('what a request says of itself is not believed (rows 73 and 82)', () => {
  test('headers of authority and impersonation go nowhere', async () => {
    const { call, asked } = await api(empty)
    const headers = {
      'impersonate-user': 'system:admin',
      'impersonate-group': 'system:masters',
      'x-remote-user': 'system:admin',
      'x-remote-group': 'system:masters',
      'x-forwarded-user': 'root',
      'x-kubeopencode-password': 'mine',
    }
    await call('GET', list, { headers })
    await call('GET', '/api/v1/namespaces/default/agents/coder/proxy/session', { headers })
    expect(asked.length).toBeGreaterThan(1)
    for (const { headers: sent } of asked)
      expect(Object.keys(sent).filter((name) => /^(impersonate|x-)/i.test(name))).toEqual([])
  })

  test('a body that names a user is an object like any other', async () => {
    const { call, asked } = await api()
    const review = { request: { userInfo: { username: 'system:admin', groups: ['system:masters'] } } }
    await call('POST', list, withJson({ ...review, metadata: { name: 'a' } }))
    expect(asked[0]).toMatchObject({ caller: { kind: 'token', token: 'ada-token' }, headers: {} })
  })
})

describe('nothing secret is said', () => {
  test('neither in a log line nor in an answer', async () => {
    const secret = 'very-secret-token'
    const failing = () => {
      throw new Error(`cannot send Bearer ${secret}`)
    }
    const { browse, lines } = await api({ [`GET ${upstreamList}`]: failing })
    const headers = { authorization: `Bearer ${secret}` }
    const response = await browse('GET', list, { headers })
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain(secret)
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.join('\n')).not.toContain(secret)
    expect(lines.find((line) => line.includes('a request failed'))).toContain('access.test.ts')
  })
})

describe('rates', () => {
  const token = (name: string) => ({ kind: 'token', token: name }) as const
  test('who is known has a budget of their own, and strangers share one', async () => {
    let time = 0
    const rate = createRate(() => time, { perSecond: 1, burst: 3, mostCallers: 2, mostStreams: 2, mostAtOnce: 2 })
    ;(await rate.admit(token('ada')))()
    for (const guess of ['a', 'b']) await rate.admit(token(guess))
    await expect(rate.admit(token('c'))).rejects.toMatchObject({ code: 429, retryAfterSeconds: 1 })
    await expect(rate.admit(undefined)).rejects.toMatchObject({ code: 429 })
    await rate.admit(token('ada'))
    await rate.admit(token('ada'))
    await expect(rate.admit(token('ada'))).rejects.toMatchObject({ code: 429 })
    time += 1000
    await rate.admit(token('ada'))
    await rate.admit(token('d'))
  })

  test('remembers no more callers than it may', async () => {
    const rate = createRate(() => 0, { perSecond: 1, burst: 4, mostCallers: 2, mostStreams: 2, mostAtOnce: 2 })
    for (const name of ['ada', 'bob', 'cyd']) (await rate.admit(token(name)))()
    // Ada was forgotten, so that she spends the last of what strangers have.
    await rate.admit(token('ada'))
    await expect(rate.admit(token('ada'))).rejects.toMatchObject({ code: 429 })
    await rate.admit(token('cyd'))
  })

  test('of one caller so many requests are under way and no more', async () => {
    const waiting: (() => void)[] = []
    const slow = () =>
      new Promise<Response>((resolve) => waiting.push(() => resolve(json({ metadata: {}, items: [] }))))
    const { call } = await api({ [`GET ${upstreamList}`]: slow })
    const asked = Array.from({ length: 21 }, () => call('GET', list))
    await expect.poll(() => waiting.length).toBe(20)
    const refused = await Promise.race(asked)
    expect(await bodyOf(refused)).toMatchObject({ code: 429, message: expect.stringContaining('under way') as unknown })
    for (const answer of waiting) answer()
    const codes = (await Promise.all(asked)).map(({ status }) => status)
    expect(codes.filter((code) => code === 200)).toHaveLength(20)
    const next = call('GET', list)
    await expect.poll(() => waiting.length).toBe(21)
    waiting[20]?.()
    expect((await next).status).toBe(200)
  })

  test('one caller has so many streams open and no more, and another is not concerned', async () => {
    const rate = createRate(() => 0, { perSecond: 1, burst: 4, mostCallers: 2, mostStreams: 2, mostAtOnce: 2 })
    const release = await rate.hold(token('ada'))
    await rate.hold(token('ada'))
    await expect(rate.hold(token('ada'))).rejects.toMatchObject({ code: 429 })
    await rate.hold(token('bob'))
    release()
    release()
    await rate.hold(token('ada'))
    await expect(rate.hold(token('ada'))).rejects.toMatchObject({ code: 429 })
  })
})
