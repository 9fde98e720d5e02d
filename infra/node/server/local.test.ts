import type { IncomingHttpHeaders } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { issue } from '../../certificates/issue.ts'
import { jsonLog } from '../../log.ts'
import { startLocalServer } from './local.ts'

const closes: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closes.splice(0).toReversed()) await close()
})

/** An apiserver that knows one user, and keeps what it was asked. */
const startApiserver = async () => {
  const { authority, serving } = await issue({ names: ['127.0.0.1'], now: new Date() })
  const asked: { url: string; headers: IncomingHttpHeaders }[] = []
  const server = createServer({ cert: serving.certificate, key: serving.key }, (request, response) => {
    asked.push({ url: request.url ?? '', headers: request.headers })
    const body = request.url?.includes('selfsubjectreviews')
      ? { status: { userInfo: { username: 'ada', groups: [] } } }
      : { metadata: {}, items: [] }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closes.push(() => {
    server.close()
    server.closeAllConnections()
  })
  const endpoint = {
    server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: async () => ({
      ca: authority.certificate,
      headers: { authorization: 'Bearer of-the-kubeconfig' },
    }),
  }
  return { endpoint, asked }
}

test('a person’s own machine: a code of the terminal lets a browser act with the kubeconfig, on loopback alone', async () => {
  const { endpoint, asked } = await startApiserver()
  const codes: string[] = []
  const lines: string[] = []
  const log = jsonLog((line) => lines.push(line), 'debug')
  const server = await startLocalServer({ endpoint, port: 0, log, announce: (code) => codes.push(code) })
  closes.push(() => server.close(0))
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)

  const list = `${server.url}/api/v1/namespaces/team/tasks`
  expect((await fetch(list)).status).toBe(401)
  expect(asked).toEqual([])

  const response = await fetch(`${server.url}/api/v1/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: server.url },
    body: JSON.stringify({ code: codes[0] }),
  })
  expect(await response.json()).toEqual({ username: 'ada', groups: [] })
  const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? ''
  expect((await fetch(list, { headers: { cookie } })).status).toBe(200)
  expect(asked.at(-1)).toMatchObject({ headers: { authorization: 'Bearer of-the-kubeconfig' } })
  expect(asked.at(-1)?.headers.cookie).toBeUndefined()

  for (const secret of ['of-the-kubeconfig', codes[0] ?? '']) expect(lines.join()).not.toContain(secret)
})
