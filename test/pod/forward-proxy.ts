import { createServer, request as httpRequest } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'

export interface ForwardProxy {
  readonly url: string
  /** What it was asked for, as `CONNECT host:port` or `GET http://host/path`. */
  readonly seen: string[]
  readonly close: () => Promise<void>
}

/** An HTTP proxy on loopback that takes every name to loopback and writes down what it saw. */
export const startForwardProxy = async (): Promise<ForwardProxy> => {
  const seen: string[] = []
  const tunnels = new Set<Socket>()
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    const target = new URL(request.url ?? '')
    const onward = httpRequest(
      { host: '127.0.0.1', port: target.port, path: target.pathname, headers: request.headers, method: request.method },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      },
    )
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  server.on('connect', (request, client: Socket, head) => {
    seen.push(`CONNECT ${request.url}`)
    const onward = connect(Number(request.url?.split(':').at(-1)), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      onward.write(head)
      onward.pipe(client)
      client.pipe(onward)
    })
    for (const [one, other] of [
      [client, onward],
      [onward, client],
    ] as const) {
      tunnels.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        tunnels.delete(one)
        other.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () =>
      new Promise((closed) => {
        for (const tunnel of tunnels) tunnel.destroy()
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}
