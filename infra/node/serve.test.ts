import { Agent, request } from 'node:https'
import { connect as connectPlain } from 'node:net'
import { connect } from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { issue, issueServing } from '../certificates/issue.ts'
import type { HttpsServer } from './serve.ts'
import { serveHttps } from './serve.ts'

const names = ['127.0.0.1', 'localhost']
let server: HttpsServer
afterEach(async () => server.close(0))

const listen = async () => {
  const { authority, serving } = await issue({ names, now: new Date() })
  server = await serveHttps({
    fetch: async (incoming) => new Response(`read ${(await incoming.text()).length}`),
    certificates: serving,
    port: 0,
    hostname: '127.0.0.1',
  })
  return authority
}

const ask = (ca: string, body = 'hello') =>
  new Promise<string>((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: server.port, ca, agent: false, method: 'POST' }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('end', () => resolve(text))
    })
    asked.on('error', reject)
    asked.end(body)
  })

const servedSerial = (ca: string) =>
  new Promise<string>((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: server.port, ca }, () => {
      resolve(socket.getPeerCertificate().serialNumber)
      socket.destroy()
    })
    socket.on('error', reject)
  })

test('answers who trusts its authority', async () => {
  const { certificate } = await listen()
  expect(await ask(certificate)).toBe('read 5')
  const other = await issue({ names, now: new Date() })
  await expect(ask(other.authority.certificate)).rejects.toThrow(/certificate/)
})

test('changes its certificate without failing one request', async () => {
  const authority = await listen()
  const before = await servedSerial(authority.certificate)
  const done = new AbortController()
  const asking = (async () => {
    const answers = []
    while (!done.signal.aborted) answers.push(await ask(authority.certificate))
    return answers
  })()
  for (let round = 0; round < 3; round++) server.reload(await issueServing(authority, names, new Date()))
  expect(await servedSerial(authority.certificate)).not.toBe(before)
  done.abort()
  expect(new Set(await asking)).toEqual(new Set(['read 5']))
})

test('keeps what it has when the new certificate is none', async () => {
  const { certificate } = await listen()
  expect(() => server.reload({ certificate: 'x', key: 'y' })).toThrow(/PEM/)
  expect(await ask(certificate)).toBe('read 5')
})

test('lets go of whoever speaks no TLS', async () => {
  const { certificate } = await listen()
  const socket = connectPlain(server.port, '127.0.0.1')
  await new Promise((resolve) => {
    socket.on('close', resolve).on('error', () => {})
    socket.write('GET / HTTP/1.1\r\n\r\n')
  })
  expect(await ask(certificate)).toBe('read 5')
})

test('ends what is under way in peace, and with it the connection it came on', async () => {
  const { authority, serving } = await issue({ names, now: new Date() })
  const begun = Promise.withResolvers<void>()
  const finish = Promise.withResolvers<void>()
  server = await serveHttps({
    fetch: async () => {
      begun.resolve()
      await finish.promise
      return new Response('judged')
    },
    certificates: serving,
    port: 0,
    hostname: '127.0.0.1',
  })
  const agent = new Agent({ keepAlive: true, ca: authority.certificate })
  const answer = new Promise<string>((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: server.port, agent }, (response) => {
      response.on('data', (chunk: Buffer) => resolve(`${chunk.toString()}, ${response.headers.connection}`))
    })
    asked.on('error', reject)
    asked.end()
  })
  await begun.promise
  const closed = server.close(60)
  finish.resolve()
  expect(await answer).toBe('judged, close')
  await closed // long before the grace is over
})
