import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { issue } from '../certificates/issue.ts'
import { connect, loadKubeConfig } from './node.ts'

let connections = 0
let tokens: (string | undefined)[] = []
let server: ReturnType<typeof createServer>
let dir: string

const file = (name: string): string => join(dir, name)

beforeEach(async () => {
  const { authority, serving } = await issue({ names: ['127.0.0.1'], now: new Date() })
  connections = 0
  tokens = []
  server = createServer({ cert: serving.certificate, key: serving.key }, (request, response) => {
    tokens.push(request.headers.authorization)
    response.end('{}')
  })
  server.keepAliveTimeout = 120_000 // as an apiserver, and unlike Node
  server.on('secureConnection', () => (connections += 1))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  dir = mkdtempSync(join(tmpdir(), 'koc-connect-'))
  writeFileSync(file('ca.crt'), authority.certificate)
  writeFileSync(file('token'), 'first')
  const { port } = server.address() as AddressInfo
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'one', cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority': file('ca.crt') } },
    ],
    users: [{ name: 'me', user: { 'auth-provider': { name: 'tokenFile', config: { tokenFile: file('token') } } } }],
    contexts: [{ name: 'here', context: { cluster: 'one', user: 'me' } }],
    'current-context': 'here',
  }
  writeFileSync(file('kubeconfig'), JSON.stringify(config))
  vi.useFakeTimers({ toFake: ['performance', 'Date'] })
})

afterEach(() => {
  vi.useRealTimers()
  server.closeAllConnections()
  server.close()
})

test('connections outlive the reading of credentials anew', async () => {
  const { fetch, server: url } = connect(loadKubeConfig({ kubeconfig: file('kubeconfig') }), 'test')
  const askThrice = async () => {
    for (let times = 0; times < 3; times++) await (await fetch(`${url}/version`, {})).text()
  }
  await askThrice()
  const before = connections
  vi.advanceTimersByTime(31_000)
  await askThrice()
  expect(connections).toBe(before)
})

test('a token that was rotated is sent', async () => {
  const { fetch, server: url } = connect(loadKubeConfig({ kubeconfig: file('kubeconfig') }), 'test')
  const ask = async () => (await fetch(`${url}/version`, {})).text()
  await ask()
  writeFileSync(file('token'), 'second')
  vi.advanceTimersByTime(61_000)
  await ask()
  expect(tokens).toEqual(['Bearer first', 'Bearer second'])
})

test('an authority that was replaced is trusted on a connection of its own', async () => {
  const { fetch, server: url } = connect(loadKubeConfig({ kubeconfig: file('kubeconfig') }), 'test')
  const ask = async () => (await fetch(`${url}/version`, {})).text()
  await ask()
  const other = await issue({ names: ['127.0.0.1'], now: new Date() })
  writeFileSync(file('ca.crt'), other.authority.certificate)
  vi.advanceTimersByTime(61_000)
  await expect(ask()).rejects.toThrow('fetch failed')
})

test('a context that is not there is named beside those that are', () => {
  expect(() => loadKubeConfig({ kubeconfig: file('kubeconfig'), context: 'there' })).toThrow(
    'context "there" is not in the kubeconfig; it has here',
  )
  expect(() => loadKubeConfig({ kubeconfig: file('nowhere') })).toThrow(/the kubeconfig .*nowhere cannot be read/)
})
