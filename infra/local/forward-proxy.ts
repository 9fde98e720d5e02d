import { createServer, request as httpRequest } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'

export interface ForwardProxy {
  readonly url: string
  /** What it was asked for, as `CONNECT host:port` or `GET http://host/path`. */
  readonly seen: string[]
  readonly close: () => Promise<void>
}

export interface ForwardProxyOptions {
  readonly port?: number
  readonly hostname?: string
  /** Port that tunnels go to, whatever they ask for; the one they ask for where it is not given. */
  readonly tunnelPort?: number
  readonly onSeen?: (what: string) => void
}

/** An HTTP proxy that takes every name to loopback and writes down what it saw. */
export const startForwardProxy = async (options: ForwardProxyOptions = {}): Promise<ForwardProxy> => {
  const { port = 0, hostname = '127.0.0.1', tunnelPort, onSeen } = options
  const seen: string[] = []
  const note = (what: string): void => {
    seen.push(what)
    onSeen?.(what)
  }
  const tunnels = new Set<Socket>()
  const server = createServer((request, response) => {
    note(`${request.method} ${request.url}`)
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
    note(`CONNECT ${request.url}`)
    const onward = connect(tunnelPort ?? Number(request.url?.split(':').at(-1)), '127.0.0.1', () => {
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
  await new Promise<void>((resolve) => server.listen(port, hostname, resolve))
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
