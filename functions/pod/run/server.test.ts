import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { connectServer } from './server.ts'

/** A server that answers with the headers it got. */
const echo = async (): Promise<string> => {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(request.headers))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('each request tells who asks, and of which trace it is', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-8448eb211c80319c-01'
  const server = connectServer(await echo(), { username: 'opencode', password: 'p' }, traceparent)
  const { body } = await server.call('GET', '/session')
  expect(body).toMatchObject({ authorization: `Basic ${btoa('opencode:p')}`, traceparent })
})

test('without them nothing is told', async () => {
  const { body } = await connectServer(await echo()).call('GET', '/session')
  expect(Object.keys(body as object)).not.toEqual(expect.arrayContaining(['authorization']))
  expect(Object.keys(body as object)).not.toEqual(expect.arrayContaining(['traceparent']))
})
