import { createServer } from 'node:https'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import type { Pod, PodStatus } from 'kubernetes-types/core/v1'
import { ensureCertificates, tlsFiles } from '../../infra/local/certificates.ts'
import type { Send } from '../../infra/cluster/rest.ts'
import { startGuard } from '../../functions/pod/guard/server.ts'
import type { Guard } from '../../functions/pod/guard/server.ts'
import { guardPortName, serverAuthSecretName, serverPasswordKey } from '../../shared/server-access.ts'
import type { Served } from './served.ts'

/** A node of a cluster that has none: Pods are scheduled to it, and the test says what became of them. */
export interface PlayedNode {
  /** Where Pods "live": an address of this machine that the apiserver lets its proxies call. */
  readonly address: string
  readonly setStatus: (namespace: string, pod: string, status: PodStatus) => Promise<void>
  /** Waits until the Pod is on this node. */
  readonly awaitPod: (namespace: string, pod: string) => Promise<Pod>
  /** What the container has written so far; those who follow it see it at once. */
  readonly write: (namespace: string, pod: string, container: string, line: string) => void
  /** Nothing more comes from it. */
  readonly finish: (namespace: string, pod: string, container: string) => void
  readonly close: () => Promise<void>
}

/** An endpoint may not be a loopback address. */
export const ownAddress = (): string => {
  const found = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)
  if (!found) throw new Error('this machine has no address but its loopback one: the test needs another for endpoints')
  return found.address
}

const nodeName = 'played'
const patienceMs = 120_000
const heartbeatMs = 10_000

interface Written {
  readonly lines: string[]
  isFinished: boolean
  readonly readers: Set<() => void>
}

const merge = 'application/merge-patch+json'

/** Joins the cluster whose files are in `dir`. */
export const playNode = async (send: Send, dir: string): Promise<PlayedNode> => {
  const address = ownAddress()
  const pki = join(dir, 'pki')
  await ensureCertificates(pki, [{ file: 'played-node', user: `system:node:${nodeName}`, hosts: [address] }])
  const { certificate, key } = tlsFiles(pki, 'played-node')
  const logs = new Map<string, Written>()
  const written = (path: string): Written => {
    const found = logs.get(path) ?? { lines: [], isFinished: false, readers: new Set() }
    logs.set(path, found)
    return found
  }

  /** The kubelet's own way to give logs, as far as the apiserver uses it. */
  const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://node')
    const log = written(pathname.replace('/containerLogs/', ''))
    const isFollowing = searchParams.get('follow') === 'true'
    let sent = 0
    const push = (): void => {
      for (; sent < log.lines.length; sent += 1) {
        const line = log.lines[sent] ?? ''
        response.write(`${searchParams.get('timestamps') === 'true' ? line : line.slice(line.indexOf(' ') + 1)}\n`)
      }
      if (log.isFinished || !isFollowing) response.end()
    }
    log.readers.add(push)
    response.on('close', () => log.readers.delete(push))
    response.writeHead(200, { 'content-type': 'text/plain' }).flushHeaders()
    push()
  })
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  const { port } = server.address() as AddressInfo

  const statusNow = () => ({
    addresses: [{ type: 'InternalIP', address }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
    capacity: { cpu: '64', memory: '64Gi', pods: '100' },
    allocatable: { cpu: '64', memory: '64Gi', pods: '100' },
    conditions: [{ type: 'Ready', status: 'True', reason: 'Played', lastHeartbeatTime: new Date().toISOString() }],
  })
  /** A node that says nothing for 50 s is given up, and with it all Pods on it. */
  const beat = () =>
    send('PATCH', `/api/v1/nodes/${nodeName}/status`, { body: { status: statusNow() }, contentType: merge })
  await send('POST', '/api/v1/nodes', { body: { apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName } } })
  await beat()
  const heart = setInterval(() => void beat().catch(() => {}), heartbeatMs)
  // What the controller of nodes adds until it has seen the conditions.
  await send('PATCH', `/api/v1/nodes/${nodeName}`, { body: { spec: { taints: null } }, contentType: merge })

  const path = (namespace: string, pod: string) => `/api/v1/namespaces/${namespace}/pods/${pod}`
  return {
    address,
    setStatus: async (namespace, pod, wanted) => {
      const answer = await send('PATCH', `${path(namespace, pod)}/status`, {
        body: { status: wanted },
        contentType: merge,
      })
      if (!answer.ok) throw new Error(await answer.text())
    },
    awaitPod: async (namespace, pod) => {
      const deadline = performance.now() + patienceMs
      for (;;) {
        const answer = await send('GET', path(namespace, pod))
        const found = answer.ok ? ((await answer.json()) as Pod) : undefined
        if (found?.spec?.nodeName === nodeName) return found
        if (performance.now() > deadline)
          throw new Error(`Pod ${pod} did not come to the node: ${JSON.stringify(found?.status)}`)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
    write: (namespace, pod, container, line) => {
      const log = written(`${namespace}/${pod}/${container}`)
      log.lines.push(
        `${new Date().toISOString().replace('Z', `${String(log.lines.length).padStart(6, '0')}Z`)} ${line}`,
      )
      for (const push of log.readers) push()
    },
    finish: (namespace, pod, container) => {
      const log = written(`${namespace}/${pod}/${container}`)
      log.isFinished = true
      for (const push of log.readers) push()
    },
    close: async () => {
      clearInterval(heart)
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const ready = { type: 'Ready', status: 'True' }

/** The server of an Agent comes up on the node: the next of its Pods that waits. */
export const letServerStart = async (
  { cluster, until }: Pick<Served, 'cluster' | 'until'>,
  node: PlayedNode,
  namespace: string,
  agent: string,
): Promise<void> => {
  const pod = await until(
    async () => {
      const { items } = await cluster.list('Pod', { namespace, labelSelector: `kubeopencode.io/agent=${agent}` })
      return items.find(({ metadata, status }) => !metadata?.deletionTimestamp && status?.phase === 'Pending')
    },
    (found) => found !== undefined,
  )
  const name = pod?.metadata?.name ?? ''
  await node.awaitPod(namespace, name)
  await node.setStatus(namespace, name, {
    phase: 'Running',
    podIP: node.address,
    podIPs: [{ ip: node.address }],
    conditions: [ready, { type: 'ContainersReady', status: 'True' }, { type: 'PodScheduled', status: 'True' }],
  })
}

/** The password that was made for the server of an Agent. */
export const serverPassword = async (
  { cluster, until }: Pick<Served, 'cluster' | 'until'>,
  namespace: string,
  agent: string,
): Promise<string> => {
  const name = serverAuthSecretName(agent)
  const secret = await until(
    () => cluster.get({ kind: 'Secret', namespace, name }),
    (found) => found !== undefined,
  )
  return Buffer.from(secret?.data?.[serverPasswordKey] ?? '', 'base64').toString('utf8')
}

/** The guard of an Agent's server, on the port that its Service says; the server itself listens on loopback. */
export const playGuard = async (
  served: Pick<Served, 'cluster' | 'until'>,
  namespace: string,
  agent: string,
  serverPort: number,
): Promise<Guard> => {
  const service = await served.until(
    () => served.cluster.get({ kind: 'Service', namespace, name: agent }),
    (found) => found !== undefined,
  )
  const port = service?.spec?.ports?.find(({ name }) => name === guardPortName)?.port ?? 0
  return startGuard({ port, serverPort, password: await serverPassword(served, namespace, agent) })
}
