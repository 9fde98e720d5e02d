import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { api } from '../../../test/builders/api.ts'
import type { Answers } from '../../../test/builders/upstream.ts'
import { json, refused } from '../../../test/builders/upstream.ts'
import type { OidcOptions } from './oidc.ts'
import { createOidc } from './oidc.ts'
import { createSeal } from './sealed.ts'

const issuer = 'https://id.example/realms/team'
const redirectUri = 'https://koc.example/api/v1/login/oidc/callback'
const begin = '/api/v1/login/oidc'
const callback = `${begin}/callback`
const time = Date.parse('2026-06-01T12:00:00Z')

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const idToken = (claims: object): string => `${part({ alg: 'RS256' })}.${part(claims)}.c2ln`

/** A provider as far as a client meets it. `token` is what it answers to a code; nonce is what the login began with. */
const provider = (more: { metadata?: object; token?: (nonce: string) => Response | Promise<Response> } = {}) => {
  const asked: { url: string; headers: Headers; body: URLSearchParams }[] = []
  let nonce = ''
  const claims = () => ({
    iss: issuer,
    aud: 'koc',
    sub: 'ada',
    nonce,
    iat: Math.floor(Date.now() / 1000),
    exp: Math.floor(Date.now() / 1000) + 300,
  })
  const fetch: OidcOptions['fetch'] = async (url, init) => {
    asked.push({ url, headers: new Headers(init.headers), body: new URLSearchParams(init.body as string | undefined) })
    if (url === `${issuer}/.well-known/openid-configuration`)
      return json({
        issuer,
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/keys`,
        ...more.metadata,
      })
    if (url === `${issuer}/token`)
      return more.token?.(nonce) ?? json({ access_token: 'at', token_type: 'Bearer', id_token: idToken(claims()) })
    return new Response(null, { status: 404 })
  }
  return {
    asked,
    fetch,
    claims,
    sees: (url: string): void => {
      nonce = new URL(url).searchParams.get('nonce') ?? ''
    },
  }
}

const world = async (options: Parameters<typeof provider>[0] & { answers?: Answers; secret?: string } = {}) => {
  const there = provider(options)
  const oidc = createOidc({
    issuer,
    clientId: 'koc',
    scopes: ['openid', 'email'],
    redirectUri,
    fetch: there.fetch,
    ...(options.secret !== undefined && { clientSecret: options.secret }),
  })
  const seal = await createSeal(new TextEncoder().encode('a key of thirty-two bytes, no less'))
  const here = await api(options.answers, { access: { mode: 'token', seal, oidc } })
  /** The browser leaves for the provider, and what it takes along. */
  const leave = async (query = '') => {
    const response = await here.browse('GET', `${begin}${query}`)
    const set = response.headers.get('set-cookie') ?? ''
    const url = response.headers.get('location') ?? ''
    if (url) there.sees(url)
    return { response, set, url, cookie: set.split(';')[0] ?? '', state: new URL(url).searchParams.get('state') ?? '' }
  }
  /** As a browser that another site sends. */
  const comeBack = (query: string, cookie: string) =>
    here.browse('GET', `${callback}?${query}`, { headers: { cookie, 'sec-fetch-site': 'cross-site' } })
  return { ...here, ...there, leave, comeBack }
}

describe('the way to the provider', () => {
  test('takes state, nonce and a challenge along, and leaves their other halves sealed in the browser', async () => {
    const { leave } = await world()
    const { response, url, set, state } = await leave()
    expect(response.status).toBe(302)
    const { origin, pathname, searchParams } = new URL(url)
    expect(origin + pathname).toBe(`${issuer}/auth`)
    expect(Object.fromEntries(searchParams)).toEqual({
      client_id: 'koc',
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid email',
      state,
      nonce: expect.stringMatching(/^[\w-]{43}$/) as unknown,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/) as unknown,
      code_challenge_method: 'S256',
    })
    expect(set).toMatch(
      /^kubeopencode-login-[\w-]{16}=.*; Max-Age=600; Path=\/api\/v1\/login\/oidc; HttpOnly; Secure; SameSite=Lax$/,
    )
    expect(set).not.toContain(state)
  })

  test('is offered where it is, and nowhere else', async () => {
    const { browse } = await world()
    expect(await (await browse('GET', '/api/v1/login')).json()).toEqual({
      mode: 'token',
      oidc: { issuer, path: begin },
    })
    const plain = await api()
    expect(await (await plain.browse('GET', '/api/v1/login')).json()).toEqual({ mode: 'token' })
    expect((await plain.browse('GET', begin)).status).toBe(404)
  })

  test.each([
    { name: 'another issuer than was asked for', metadata: { issuer: 'https://evil.example' } },
    { name: 'no way to log in', metadata: { authorization_endpoint: undefined } },
    { name: 'metadata without end', metadata: { padding: 'x'.repeat(300 * 1024) } },
  ])('$name is a provider that cannot be used', async ({ metadata }) => {
    const { browse } = await world({ metadata })
    const response = await browse('GET', begin)
    expect(response.status).toBe(503)
    expect(response.headers.get('content-type')).toContain('text/html')
    expect(await response.text()).toContain(`nobody can log in with ${issuer} now`)
  })

  test('a provider that is away is asked once for all who wait, and let alone for a moment', async () => {
    const { browse, asked } = await world({ metadata: { issuer: 'https://evil.example' } })
    const answers = await Promise.all(Array.from({ length: 20 }, () => browse('GET', begin)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]))
    expect(asked).toHaveLength(1)
  })

  test('its metadata is not asked for with each login', async () => {
    const { leave, asked } = await world()
    await leave()
    await leave()
    expect(asked).toHaveLength(1)
  })
})

describe('the way back', () => {
  test('gives the session cookie, by a page from which the browser goes on itself', async () => {
    const { leave, comeBack, asked, browse, asked: there } = await world({ secret: 'a b' })
    const { cookie, state } = await leave()
    const response = await comeBack(`code=c0de&state=${state}&session_state=x`, cookie)
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('<meta http-equiv="refresh" content="0; url=/">')
    expect(response.headers.get('content-security-policy')).not.toContain('sandbox')
    const [gone, session] = response.headers.getSetCookie()
    expect(gone).toMatch(/^kubeopencode-login-[\w-]{16}=; Max-Age=0;/)
    expect(session).toMatch(/^kubeopencode-session=[^;]+; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Strict$/)
    expect(Object.fromEntries(there.at(-1)!.body)).toEqual({
      grant_type: 'authorization_code',
      code: 'c0de',
      redirect_uri: redirectUri,
      code_verifier: expect.any(String) as unknown,
    })
    expect(asked.at(-1)?.headers.get('authorization')).toBe(`Basic ${btoa('koc:a+b')}`)
    const login = await browse('GET', '/api/v1/login', { headers: { cookie: session?.split(';')[0] ?? '' } })
    expect(await login.json()).toMatchObject({ user: { username: 'ada' } })
  })

  test('ends in a session that lasts as long as the token, and is told when it has ended', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: time })
    onTestFinished(() => void vi.useRealTimers())
    const { leave, comeBack, claims, browse, pass } = await world({
      token: (nonce) =>
        json({
          access_token: 'at',
          token_type: 'Bearer',
          id_token: idToken({ ...claims(), nonce, exp: Math.floor(time / 1000) + 300 }),
        }),
    })
    const { cookie, state } = await leave()
    const session = (await comeBack(`code=c&state=${state}`, cookie)).headers.getSetCookie()[1]?.split(';')[0] ?? ''
    pass(301)
    const response = await browse('GET', '/api/v1/namespaces/default/tasks', { headers: { cookie: session } })
    expect(await response.json()).toMatchObject({ code: 401, message: 'your session has ended; log in again' })
  })

  const refusals = [
    { name: 'without a login of this browser', cookie: () => '', query: (state: string) => `code=c&state=${state}`, code: 400, says: 'has not begun to log in here' },
    { name: 'with a cookie that somebody made up', cookie: (state: string) => `kubeopencode-login-${state.slice(0, 16)}=eyJ9.x`, query: (state: string) => `code=c&state=${state}`, code: 400, says: 'has not begun' },
    { name: 'with the state of another login', query: () => 'code=c&state=another', code: 400, says: 'has not begun' },
    { name: 'without a state', query: () => 'code=c', code: 400, says: 'has not begun' },
    { name: 'with a state that only begins like its own', query: (state: string) => `code=c&state=${state.slice(0, 16)}`, code: 400, says: 'belongs to no login of this browser' },
    { name: 'of another issuer', query: (state: string) => `code=c&state=${state}&iss=https%3A%2F%2Fevil.example`, code: 400, says: 'belongs to no login' },
    { name: 'of somebody who was refused', query: (state: string) => `error=access_denied&state=${state}`, code: 401, says: '(access_denied)' },
    { name: 'with markup as its error', query: (state: string) => `error=%3Cscript%3E&state=${state}`, code: 503, says: '(another error)' },
    { name: 'with scopes that the provider does not know', query: (state: string) => `error=invalid_scope&state=${state}`, code: 503, says: 'its client id, scopes or redirect address differ' },
  ] // prettier-ignore
  test.each(refusals)('$name opens nothing', async ({ cookie, query, code, says }) => {
    const { leave, comeBack, asked, lines } = await world()
    const left = await leave()
    const response = await comeBack(query(left.state), cookie?.(left.state) ?? left.cookie)
    expect(response.status).toBe(code)
    expect(await response.text()).toContain(says)
    expect(response.headers.get('set-cookie') ?? '').not.toContain('kubeopencode-session')
    expect(asked.filter(({ url }) => url.endsWith('/token'))).toEqual([])
    expect(lines.join()).not.toContain(left.state)
  })

  test('two tabs log in at once, each back to the page it began on', async () => {
    const { leave, comeBack, sees } = await world()
    const first = await leave('?page=/tasks%3Fnamespace%3Dteam')
    const second = await leave()
    const cookies = `${first.cookie}; ${second.cookie}`
    const home = await comeBack(`code=c&state=${second.state}`, cookies)
    expect(await home.text()).toContain('content="0; url=/"')
    sees(first.url)
    const tasks = await comeBack(`code=c&state=${first.state}`, cookies)
    expect(await tasks.text()).toContain('content="0; url=/tasks?namespace=team"')
  })

  test.each(['//evil.example', '/%5Cevil.example', 'https://evil.example', '/a%0d%0ab', '', `/${'a'.repeat(2000)}`])(
    'a page that may be elsewhere is not come back to: %s',
    async (page) => {
      const { leave, comeBack } = await world()
      const { cookie, state } = await leave(`?page=${page}`)
      const response = await comeBack(`code=c&state=${state}`, cookie)
      expect(await response.text()).toContain('content="0; url=/"')
    },
  )

  test('a login serves once', async () => {
    const { leave, comeBack } = await world()
    const { cookie, state } = await leave()
    const [gone] = (await comeBack(`code=c&state=${state}`, cookie)).headers.getSetCookie()
    expect((await comeBack(`code=c&state=${state}`, gone?.split(';')[0] ?? '')).status).toBe(400)
  })

  test('a login that took too long is over', async () => {
    const { leave, comeBack, pass } = await world()
    const { cookie, state } = await leave()
    pass(601)
    expect((await comeBack(`code=c&state=${state}`, cookie)).status).toBe(400)
  })

  const tokens = [
    { name: 'a code that was used', answer: () => json({ error: 'invalid_grant' }, 400), code: 401, says: 'log in again' },
    { name: 'a client that is not known', answer: () => json({ error: 'invalid_client' }, 401), code: 503, says: '(invalid_client)' },
    { name: 'a wrong secret', answer: () => new Response('{"error":"invalid_client"}', { status: 401, headers: { 'content-type': 'application/json', 'www-authenticate': 'Basic realm="x"' } }), code: 503, says: '(invalid_client)' },
    { name: 'no ID token', answer: () => json({ access_token: 'at', token_type: 'Bearer' }), code: 503, says: 'nobody can log in' },
    { name: 'the nonce of another login', claims: { nonce: 'other' }, code: 503, says: 'nonce' },
    { name: 'a token for somebody else', claims: { aud: 'other' }, code: 503, says: 'aud' },
    { name: 'a token that has expired', claims: { exp: 1 }, code: 503, says: 'exp' },
    { name: 'a redirection', answer: () => new Response(null, { status: 302, headers: { location: 'https://evil.example' } }), code: 503, says: 'nobody can log in' },
  ] // prettier-ignore
  test.each(tokens)('$name is no login', async ({ answer, claims, code, says }) => {
    const there = provider()
    const { leave, comeBack, lines } = await world({
      token: (nonce) =>
        answer?.() ??
        json({ access_token: 'at', token_type: 'Bearer', id_token: idToken({ ...there.claims(), nonce, ...claims }) }),
    })
    const { cookie, state } = await leave()
    const response = await comeBack(`code=c&state=${state}`, cookie)
    expect(await response.text()).toContain(says)
    expect(response.status).toBe(code)
    expect(response.headers.get('set-cookie') ?? '').not.toContain('kubeopencode-session')
    expect(lines.join()).not.toContain('RS256')
  })

  test('a token that the apiserver does not take is no login, and what is to be done is said', async () => {
    const { leave, comeBack } = await world({
      answers: {
        'POST /apis/authentication.k8s.io/v1/selfsubjectreviews': () => refused(401, 'Unauthorized', 'Unauthorized'),
      },
    })
    const { cookie, state } = await leave()
    const response = await comeBack(`code=c&state=${state}`, cookie)
    expect(response.status).toBe(401)
    expect(await response.text()).toContain('it has to trust this issuer with the audience koc')
    expect(response.headers.get('set-cookie') ?? '').not.toContain('kubeopencode-session')
  })

  test('only coming back is allowed from another site', async () => {
    const { browse, leave } = await world()
    const { cookie } = await leave()
    const from = { cookie, 'sec-fetch-site': 'cross-site' }
    expect((await browse('GET', '/api/v1/login', { headers: from })).status).toBe(403)
    expect((await browse('POST', callback, { headers: from })).status).toBe(403)
  })
})
