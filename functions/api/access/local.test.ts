import { describe, expect, test } from 'vitest'
import { api, withJson } from '../../../test/builders/api.ts'
import { json } from '../../../test/builders/upstream.ts'
import { createLoginCode } from './login-code.ts'

const list = '/api/v1/namespaces/default/tasks'
const empty = {
  'GET /apis/kubeopencode.io/v1alpha1/namespaces/default/tasks': () => json({ metadata: {}, items: [] }),
}
const host = '127.0.0.1:2746'
const own = { host, origin: `http://${host}` }

/** The API on a person's own machine, and the codes that the terminal showed so far. */
const local = async () => {
  const codes: string[] = []
  const code = createLoginCode((shown) => void codes.push(shown))
  const here = await api(empty, { code, hosts: ['127.0.0.1', 'localhost', '[::1]'] })
  const login = (text: string) => here.browse('POST', '/api/v1/login', withJson({ code: text }, own))
  return { ...here, codes, login }
}

describe('on a person’s own machine', () => {
  test('nobody acts without the code that the terminal shows', async () => {
    const { browse, asked } = await local()
    const headers = { host }
    expect((await browse('GET', list, { headers })).status).toBe(401)
    expect((await browse('GET', list, { headers: { ...headers, authorization: 'Bearer any' } })).status).toBe(401)
    expect(asked).toEqual([])
  })

  test('the code gives a session of the person whose kubeconfig it is, once', async () => {
    const { browse, asked, codes, login } = await local()
    expect(codes[0]).toMatch(/^[A-Z2-9]{5}-[A-Z2-9]{5}-[A-Z2-9]{5}$/)
    const response = await login(codes[0]!.toLowerCase().replaceAll('-', ' '))
    expect(response.status).toBe(200)
    const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? ''
    expect((await browse('GET', list, { headers: { host, cookie } })).status).toBe(200)
    expect(asked.at(-1)).toMatchObject({ caller: { kind: 'local' } })
    expect((await login(codes[0]!)).status).toBe(401)
    expect(codes).toHaveLength(2)
    expect((await login(codes[1]!)).status).toBe(200)
  })

  test('a code that was guessed at ten times is worth nothing', async () => {
    const { codes, login } = await local()
    for (let guess = 0; guess < 10; guess += 1) expect((await login(`WRONG-${guess}`)).status).toBe(401)
    expect((await login(codes[0]!)).status).toBe(401)
    expect(codes.length).toBeGreaterThan(1)
  })

  test('two that come with the code at once do not both get in', async () => {
    const { codes, login } = await local()
    const answers = await Promise.all([login(codes[0]!), login(codes[0]!)])
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 401]))
  })

  test.each(['rebound.example:2746', '192.168.1.5:2746', 'localhost.evil.example'])(
    'is not called %s',
    async (other) => {
      const { browse } = await local()
      expect((await browse('GET', '/health', { headers: { host: other } })).status).toBe(421)
    },
  )
})
