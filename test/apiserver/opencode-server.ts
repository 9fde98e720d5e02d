import type { IncomingHttpHeaders } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Send } from '../../infra/cluster/rest.ts'

/** An address that may stand in an endpoint: the apiserver refuses loopback ones. */
const ownAddress = (): string => {
  const found = Object.values(networkInterfaces())
    .flat()
    .find((one) => one && !one.internal && one.family === 'IPv4')
  if (!found) throw new Error('this machine has no address but loopback, so that no Service can lead to it')
  return found.address
}

export interface PlayedServer {
  /** What was asked so far. */
  readonly asked: { readonly method: string; readonly url: string; readonly headers: IncomingHttpHeaders }[]
  readonly close: () => Promise<void>
}

/** Plays the server of an Agent behind its Service: `answers` are JSON by path, everything else is a web page. */
export const startOpenCode = async (
  send: Send,
  agent: string,
  namespace: string,
  answers: Readonly<Record<string, unknown>>,
): Promise<PlayedServer> => {
  const asked: PlayedServer['asked'] = []
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    asked.push({ method, url, headers })
    const body = answers[url.split('?')[0] ?? '']
    if (body === undefined) response.writeHead(200, { 'content-type': 'text/html', 'set-cookie': 'a=b' }).end('<html>')
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  const { port } = server.address() as AddressInfo
  const address = ownAddress()
  const ports = ['http', 'guard'].map((name) => ({ name, port, protocol: 'TCP' }))
  const metadata = { name: agent, namespace }
  const objects = [
    {
      path: 'api/v1',
      plural: 'services',
      body: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata,
        spec: {
          clusterIP: 'None',
          ports: ports.map((one, index) => ({ ...one, port: index === 0 ? 4096 : 4097, targetPort: port })),
        },
      },
    },
    {
      path: 'apis/discovery.k8s.io/v1',
      plural: 'endpointslices',
      body: {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: agent, namespace, labels: { 'kubernetes.io/service-name': agent } },
        addressType: 'IPv4',
        endpoints: [{ addresses: [address], conditions: { ready: true } }],
        ports,
      },
    },
  ]
  for (const { path, plural, body } of objects) {
    const response = await send('POST', `/${path}/namespaces/${namespace}/${plural}`, { body })
    if (!response.ok) throw new Error(`no ${plural} ${agent}: ${await response.text()}`)
  }
  return {
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
