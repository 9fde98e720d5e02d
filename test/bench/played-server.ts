import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { guardPortName } from '../../shared/server-access.ts'
import { ownAddress } from '../apiserver/played-node.ts'
import type { Client } from './client.ts'
import { paths } from './objects.ts'
import { until } from './pace.ts'

/** An Agent's server, played: it knows of no session and nothing that is asked, or takes every connection and says nothing. */
export interface PlayedServer {
  /** From now on. */
  readonly swallow: (isSwallowing: boolean) => void
  /** Requests that were never answered, so far. */
  readonly swallowed: () => number
  /** Makes it the one behind the Service of an Agent, while it answers. */
  readonly standBehind: (client: Client, namespace: string, agent: string) => Promise<void>
  readonly close: () => Promise<void>
}

export const startPlayedServer = async (): Promise<PlayedServer> => {
  let isSwallowing = false
  let swallowed = 0
  const server = createServer((_, response) => {
    if (isSwallowing) swallowed += 1
    else response.writeHead(200, { 'content-type': 'application/json' }).end('[]')
  })
  const ip = ownAddress()
  await new Promise<void>((resolve) => server.listen(0, ip, resolve))
  const { port } = server.address() as AddressInfo
  return {
    swallow: (isFromNow) => void (isSwallowing = isFromNow),
    swallowed: () => swallowed,
    standBehind: async (client, namespace, agent) => {
      // The apiserver's proxy calls no address but a Pod's, and the controllers of endpoints are among those that the rig does without.
      const targetRef = { kind: 'Pod', namespace, name: `${agent}-played` }
      const pods = paths.pods(namespace)
      await client.send('POST', pods, {
        metadata: { name: targetRef.name },
        spec: { containers: [{ name: 'played', image: 'played' }], automountServiceAccountToken: false },
      })
      await client.send('PATCH', `${pods}/${targetRef.name}/status`, {
        status: { phase: 'Running', podIP: ip, podIPs: [{ ip }] },
      })
      const ports = ['http', guardPortName].map((name) => ({ name, port, protocol: 'TCP' }))
      await client.send('POST', paths.endpoints(namespace), {
        metadata: { name: agent },
        subsets: [{ addresses: [{ ip, targetRef }], ports }],
      })
      const proxied = `${paths.services(namespace)}/${agent}:${guardPortName}/proxy/session`
      const isReached = (): Promise<boolean> =>
        client.read(proxied).then(
          () => true,
          () => false,
        )
      await until(() => `the server behind ${agent} is not reached`, isReached, 10)
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
