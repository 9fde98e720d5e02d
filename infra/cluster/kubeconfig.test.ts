import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { codeOf } from '../../shared/errors.ts'
import { issue } from '../certificates/issue.ts'
import { identityOf } from './client-node.ts'
import { connectByHttps } from './https.ts'
import type { Identity } from './endpoint.ts'
import { readKubeconfig } from './kubeconfig.ts'
import { connect } from './undici.ts'

const dir = mkdtempSync(join(tmpdir(), 'kubeoc-plain-'))
const base64 = (text: string): string => Buffer.from(text).toString('base64')
let authority = ''
let server: ReturnType<typeof createServer>
let address = ''
const requests: { readonly headers: Readonly<Record<string, unknown>> }[] = []

beforeAll(async () => {
  const issued = await issue({ names: ['127.0.0.1'], now: new Date() })
  authority = issued.authority.certificate
  server = createServer({ cert: issued.serving.certificate, key: issued.serving.key }, (request, response) => {
    requests.push({ headers: request.headers })
    const isZipped = request.headers['accept-encoding'] === 'gzip' && request.url === '/zipped'
    response.writeHead(request.url === '/none' ? 204 : 200, {
      'content-type': 'application/json',
      ...(isZipped && { 'content-encoding': 'gzip' }),
    })
    if (request.url === '/silent') response.write('{')
    else response.end(request.url === '/none' ? undefined : isZipped ? gzipSync('{"a":"ü"}') : '{"a":"ü"}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
  rmSync(dir, { recursive: true, force: true })
})

const configWith = (user: object, cluster: object = {}): string => {
  const file = join(dir, 'config')
  writeFileSync(join(dir, 'token'), 'from-a-file\n')
  writeFileSync(
    file,
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'here',
      contexts: [
        { name: 'here', context: { cluster: 'c', user: 'u', namespace: 'demo' } },
        { name: 'other', context: { cluster: 'gone', user: 'u' } },
      ],
      clusters: [
        { name: 'c', cluster: { server: address, 'certificate-authority-data': base64(authority), ...cluster } },
      ],
      users: [{ name: 'u', user }],
    }),
  )
  return file
}

/** What a kubeconfig gives here; one that is left to client-node fails the test. */
const read = (kubeconfig: string, asNobody = false): Identity => {
  const identity = readKubeconfig({ kubeconfig, asNobody })
  expect(identity).toBeDefined()
  return identity!
}
const transports = [
  { name: 'https', connect: connectByHttps },
  { name: 'undici', connect },
]

describe('an ordinary kubeconfig', () => {
  const cases = [
    { name: 'a token', user: { token: 'abc' }, want: 'Bearer abc', others: [identityOf] },
    // client-node knows no tokenFile, and kubectl does.
    { name: 'a token in a file beside it', user: { tokenFile: 'token' }, want: 'Bearer from-a-file', others: [] },
  ]
  test.each(cases)('$name, read as by $others', async ({ user, want, others }) => {
    const kubeconfig = configWith(user)
    for (const identity of [read(kubeconfig), ...others.map((other) => other({ kubeconfig }))]) {
      expect(identity).toMatchObject({ context: 'here', user: 'u', namespace: 'demo', server: address })
      for (const { connect: open } of transports) {
        const { fetch } = open(identity, 'test')
        const response = await fetch(`${address}/`, { method: 'GET', headers: { 'x-own': '1' } })
        expect(await response.json()).toEqual({ a: 'ü' })
        expect(requests.at(-1)?.headers).toMatchObject({ authorization: want, 'x-own': '1' })
      }
    }
  })

  test('as nobody it sends no token, whoever reads it', async () => {
    const kubeconfig = configWith({ token: 'abc' })
    for (const identity of [read(kubeconfig, true), identityOf({ kubeconfig, asNobody: true })]) {
      expect((await connect(identity, 'test').fetch(`${address}/`, {})).status).toBe(200)
      expect(requests.at(-1)?.headers).not.toHaveProperty('authorization')
    }
  })

  test('answers are unpacked, and one without a body is one', async () => {
    const { fetch } = connectByHttps(read(configWith({ token: 'abc' })), 'test')
    expect(await (await fetch(`${address}/zipped`, {})).text()).toBe('{"a":"ü"}')
    expect((await fetch(`${address}/none`, {})).status).toBe(204)
  })

  test.each(transports)('a signal ends a body that does not, over $name', async ({ connect: open }) => {
    const stop = new AbortController()
    const { fetch } = open(read(configWith({ token: 'abc' })), 'test')
    const text = (await fetch(`${address}/silent`, { signal: stop.signal })).text()
    stop.abort()
    await expect(text).rejects.toThrow(/abort/i)
  })

  test('a server of another authority is not trusted', async () => {
    const other = await issue({ names: ['127.0.0.1'], now: new Date() })
    const kubeconfig = configWith(
      { token: 'abc' },
      { 'certificate-authority-data': base64(other.authority.certificate) },
    )
    for (const { connect: open } of transports)
      await expect(
        open(read(kubeconfig), 'test')
          .fetch(`${address}/`, {})
          .catch((error: unknown) => Promise.reject(codeOf(error))),
      ).rejects.toMatch(/SIGNATURE|SELF_SIGNED|ISSUER/)
  })
})

describe('what is left to client-node', () => {
  const cases = [
    { name: 'a credential plugin', file: () => configWith({ exec: { command: 'aws' } }) },
    { name: 'a person one acts for', file: () => configWith({ token: 'a', as: 'b' }) },
    { name: 'a password', file: () => configWith({ username: 'a', password: 'b' }) },
    { name: 'a proxy', file: () => configWith({ token: 'a' }, { 'proxy-url': 'http://proxy:3128' }) },
    { name: 'no such file', file: () => join(dir, 'nowhere') },
    { name: 'no YAML', file: () => (writeFileSync(join(dir, 'bad'), 'a: ['), join(dir, 'bad')) },
    { name: 'a certificate that is not there', file: () => configWith({ 'client-certificate': 'nowhere' }) },
  ]
  test.each(cases)('$name', ({ file }) => expect(readKubeconfig({ kubeconfig: file() })).toBeUndefined())

  test('a context that is not there, or leads nowhere', () => {
    const kubeconfig = configWith({ token: 'a' })
    expect(readKubeconfig({ kubeconfig, context: 'gone' })).toBeUndefined()
    expect(readKubeconfig({ kubeconfig, context: 'other' })).toBeUndefined()
    expect(() => identityOf({ kubeconfig, context: 'gone' })).toThrow('it has here, other')
  })
})
