import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** OpenCode, as far as its agents ask: what waits is there until it is told. */
export const startAskingServer = async () => {
  const state = { session: [] as object[], permission: [] as { id: string }[], question: [] as { id: string }[] }
  const heard: { readonly path: string; readonly body: unknown }[] = []
  const server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?')
    const say = (body: unknown, status = 200) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    const [, list = '', id = ''] = /^\/(session|permission|question)(?:\/([^/]+))?/.exec(path) ?? []
    const waiting = list in state ? (state[list as keyof typeof state] as { id: string }[]) : []
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const index = waiting.findIndex((one) => one.id === id)
      if (list === '') say({ healthy: true })
      else if (id === '') say(waiting)
      else if (index < 0) say({ name: 'NotFoundError' }, 404)
      else {
        waiting.splice(index, 1)
        heard.push({ path, body: JSON.parse(Buffer.concat(chunks).toString('utf8')) })
        say(true)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { state, heard, port, close }
}
export type AskingServer = Awaited<ReturnType<typeof startAskingServer>>
