import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { issue } from '../../certificates/issue.ts'
import { providerFetch } from './provider-fetch.ts'

const { authority, serving } = await issue({ names: ['127.0.0.1'], now: new Date() })
const provider = createServer({ cert: serving.certificate, key: serving.key }, (_request, response) =>
  response.end('known'),
)
const tunnelled: string[] = []
const proxy = createHttpServer().on('connect', ({ url = '' }, client) => {
  tunnelled.push(url)
  const [host, port] = url.split(':')
  const target = connect(Number(port), host, () => {
    client.write('HTTP/1.1 200 OK\r\n\r\n')
    target.pipe(client).pipe(target)
  })
})

const addressOf = (server: { address: () => unknown }): string => `127.0.0.1:${(server.address() as AddressInfo).port}`
const listening = (server: typeof proxy | typeof provider): Promise<unknown> =>
  new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

beforeAll(() => Promise.all([listening(provider), listening(proxy)]))
afterAll(() => {
  vi.unstubAllEnvs()
  provider.closeAllConnections()
  provider.close()
  proxy.closeAllConnections()
  proxy.close()
})

const ask = async (fetches: ReturnType<typeof providerFetch>): Promise<string> => {
  const answer = await fetches(`https://${addressOf(provider)}/`, { redirect: 'manual' } as never)
  return answer.text()
}

test('trusts the authority of the provider, which nobody else knows', async () => {
  expect(await ask(providerFetch(authority.certificate, {}))).toBe('known')
  await expect(ask(providerFetch(undefined, {}))).rejects.toThrow('fetch failed')
  expect(tunnelled).toEqual([])
})

test('goes by the proxy that Node is told to use, and leaves it out where that is said', async () => {
  vi.stubEnv('HTTPS_PROXY', `http://${addressOf(proxy)}`)
  vi.stubEnv('NO_PROXY', '')
  expect(await ask(providerFetch(authority.certificate, { NODE_USE_ENV_PROXY: '1' }))).toBe('known')
  expect(tunnelled).toEqual([addressOf(provider)])
  vi.stubEnv('NO_PROXY', '127.0.0.1')
  expect(await ask(providerFetch(authority.certificate, { NODE_USE_ENV_PROXY: '1' }))).toBe('known')
  expect(tunnelled).toHaveLength(1)
})
