import type { IncomingHttpHeaders } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { playNode } from './played-node.ts'
import type { Served } from './served.ts'

export interface PlayedServer {
  /** What was asked so far. */
  readonly asked: { readonly method: string; readonly url: string; readonly headers: IncomingHttpHeaders }[]
  readonly close: () => Promise<void>
}

/** Plays the server of an Agent in a Pod behind its Service: `answers` are JSON by path, everything else is a web page. */
export const startOpenCode = async (
  { send, dir, cluster, until }: Pick<Served, 'send' | 'dir' | 'cluster' | 'until'>,
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
  const node = await playNode(send, dir)
  await new Promise<void>((resolve) => server.listen(0, node.address, resolve))
  const { port } = server.address() as AddressInfo
  const selector = { played: agent }
  await cluster.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: agent, namespace },
    spec: {
      clusterIP: 'None',
      selector,
      ports: ['http', 'guard'].map((name, index) => ({ name, port: 4096 + index, targetPort: port })),
    },
  } as KubeObject)
  await cluster.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: agent, namespace, labels: selector },
    spec: { containers: [{ name: 'played', image: 'played' }] },
  } as KubeObject)
  await node.awaitPod(namespace, agent)
  await node.setStatus(namespace, agent, {
    phase: 'Running',
    podIP: node.address,
    podIPs: [{ ip: node.address }],
    conditions: [{ type: 'Ready', status: 'True' }],
  })
  await until(
    async () => (await send('GET', `/api/v1/namespaces/${namespace}/services/${agent}:http/proxy/`)).status,
    (status) => status === 200,
  )
  return {
    asked,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await node.close()
    },
  }
}
