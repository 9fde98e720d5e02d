import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { issue } from '../certificates/issue.ts'
import { identityOf } from './client-node.ts'
import { connectByHttps } from './https.ts'
import { identify } from './identity.ts'
import { readKubeconfig } from './kubeconfig.ts'
import { accountOfPod, serverOfPod } from './pod.ts'
import { connect } from './undici.ts'

let connections = 0
let tokens: (string | undefined)[] = []
let server: ReturnType<typeof createServer>
let dir: string
let variables: Record<string, string>

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
  writeFileSync(file('token'), 'first\n')
  writeFileSync(file('namespace'), 'team')
  const { port } = server.address() as AddressInfo
  variables = {
    HOME: dir,
    KUBECONFIG: '',
    KUBERNETES_SERVICE_HOST: '127.0.0.1',
    KUBERNETES_SERVICE_PORT: String(port),
    KUBEOPENCODE_ACCOUNT_DIR: dir,
  }
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
  const user = { 'auth-provider': { name: 'tokenFile', config: { tokenFile: file('token') } } }
  const config = (one: object) => ({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'one', cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority': file('ca.crt') } },
    ],
    users: [{ name: 'me', user: one }],
    contexts: [{ name: 'here', context: { cluster: 'one', user: 'me' } }],
    'current-context': 'here',
  })
  writeFileSync(file('plain'), JSON.stringify(config({ tokenFile: 'token' })))
  writeFileSync(file('provider'), JSON.stringify(config(user)))
  vi.useFakeTimers({ toFake: ['performance', 'Date'] })
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
  server.closeAllConnections()
  server.close()
  rmSync(dir, { recursive: true })
})

const identities = [
  { name: 'of a Pod', identity: () => accountOfPod() },
  { name: 'of an ordinary kubeconfig', identity: () => readKubeconfig({ kubeconfig: file('plain') }) },
  { name: 'that client-node reads', identity: () => identityOf({ kubeconfig: file('provider') }) },
]
const table = identities.flatMap(({ name, identity }) => [
  { name: `${name}, over undici`, open: () => connect(identity()!, 'test') },
  { name: `${name}, over https`, open: () => connectByHttps(identity()!, 'test') },
])

describe.each(table)('an identity $name', ({ open }) => {
  test('keeps its connections when credentials are read anew', async () => {
    const { fetch, server: url } = open()
    const askThrice = async () => {
      for (let times = 0; times < 3; times++) await (await fetch(`${url}/version`, {})).text()
    }
    await askThrice()
    const before = connections
    vi.advanceTimersByTime(31_000)
    await askThrice()
    expect(connections).toBe(before)
  })

  test('sends a token that was rotated', async () => {
    const { fetch, server: url } = open()
    const ask = async () => (await fetch(`${url}/version`, {})).text()
    await ask()
    writeFileSync(file('token'), 'second')
    vi.advanceTimersByTime(61_000)
    await ask()
    expect(tokens).toEqual(['Bearer first', 'Bearer second'])
  })

  test('trusts an authority that was replaced, on a connection of its own', async () => {
    const { fetch, server: url } = open()
    const ask = async () => (await fetch(`${url}/version`, {})).text()
    expect(await ask()).toBe('{}')
    const other = await issue({ names: ['127.0.0.1'], now: new Date() })
    writeFileSync(file('ca.crt'), other.authority.certificate)
    vi.advanceTimersByTime(61_000)
    await expect(ask()).rejects.toThrow(/fetch failed|certificate/)
  })
})

test('undici’s cheaper way sends the same', async () => {
  const { request, server: url } = connect(accountOfPod()!, 'test')
  expect((await request?.(`${url}/version`, { method: 'GET' }))?.status).toBe(200)
  expect(tokens).toEqual(['Bearer first'])
})

describe('who one is', () => {
  test('in a Pod: its account, or nobody', async () => {
    expect(await identify()).toMatchObject({ context: '', namespace: 'team' })
    expect((await (await identify()).credentials()).headers).toEqual({ authorization: 'Bearer first' })
    expect((await (await identify({ asNobody: true })).credentials()).headers).toBeUndefined()
  })

  test('a token in a file is sent without the end of its line, whoever reads it', async () => {
    for (const name of ['plain', 'provider'])
      expect((await (await identify({ kubeconfig: file(name) })).credentials()).headers).toEqual({
        authorization: 'Bearer first',
      })
  })

  test('in a Pod with a kubeconfig: who that says', async () => {
    vi.stubEnv('KUBECONFIG', file('plain'))
    expect(await identify()).toMatchObject({ context: 'here' })
  })

  test.each([
    { missing: 'token', content: undefined, why: 'there is no such file' },
    { missing: 'token', content: '\n', why: 'it is empty' },
    { missing: 'ca.crt', content: undefined, why: 'there is no such file' },
  ])('in a Pod whose $missing is not there: $why', async ({ missing, content, why }) => {
    rmSync(file(missing))
    if (content !== undefined) writeFileSync(file(missing), content)
    await expect(identify()).rejects.toThrow(
      `the account of this Pod cannot be used: ${file(missing)}: ${why}; let its ServiceAccount's token be mounted (automountServiceAccountToken: true), or set KUBECONFIG`,
    )
  })

  test('nowhere: what to do is said', async () => {
    vi.stubEnv('KUBERNETES_SERVICE_HOST', '')
    await expect(identify()).rejects.toThrow('no cluster: set KUBECONFIG')
  })

  test('a context or a file that is not there is named', async () => {
    await expect(identify({ kubeconfig: file('provider'), context: 'there' })).rejects.toThrow(
      'context "there" is not in the kubeconfig; it has here',
    )
    await expect(identify({ kubeconfig: file('nowhere') })).rejects.toThrow(/the kubeconfig .*nowhere cannot be read/)
  })
})

test.each([
  { host: '10.0.0.1', port: '443', want: 'https://10.0.0.1:443' },
  { host: 'fd00::1', port: '6443', want: 'https://[fd00::1]:6443' },
  { host: '10.0.0.1', port: undefined, want: 'https://10.0.0.1:443' },
  { host: undefined, port: '443', want: undefined },
])('the apiserver of a Pod at $host is $want', ({ host, port, want }) =>
  expect(serverOfPod({ KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port })).toBe(want),
)
