import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../../cli/program.ts'
import { annotations } from '../../crds/names.ts'
import type { KubeObject } from '../../shared/kubernetes.ts'
import { basicAuth } from '../../cli/agent/proxy.ts'
import type { Guard } from '../../functions/pod/guard/server.ts'
import { serverUser } from '../../shared/server-access.ts'
import type { TestIo } from '../builders/io.ts'
import { testIo } from '../builders/io.ts'
import { installRoles } from './people.ts'
import { personWith } from './persons.ts'
import type { PlayedNode } from './played-node.ts'
import { letServerStart as serverStarts, ownAddress, playGuard, playNode, serverPassword } from './played-node.ts'
import type { Served } from './served.ts'
import { serve } from './served.ts'

/** An Agent's server as far as the way to it is concerned: answers, streams, and echoes on WebSockets. */
const startOpenCode = async (address = '127.0.0.1') => {
  const seen: IncomingMessage[] = []
  const server = createServer((request, response) => {
    seen.push(request)
    if (request.url?.startsWith('/event')) {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: {"type":"server.connected"}\n\n')
      return
    }
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const body = Buffer.concat(chunks).toString('utf8')
      response.end(JSON.stringify({ method: request.method, url: request.url, body }))
    })
  })
  server.on('upgrade', (request: IncomingMessage, socket) => {
    seen.push(request)
    const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
    const accepted = createHash('sha1').update(key).digest('base64')
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accepted}\r\n\r\n`,
    )
    // One small text frame each way (RFC 6455, section 5): unmasked, it is the echo.
    socket.on('data', (frame: Buffer) => {
      const length = (frame[1] ?? 0) & 0x7f
      const mask = frame.subarray(2, 6)
      const text = frame.subarray(6, 6 + length).map((byte, index) => byte ^ (mask[index % 4] ?? 0))
      if ((frame[0] ?? 0) === 0x81) socket.write(Buffer.concat([Buffer.from([0x81, length]), text]))
      else socket.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  const { port } = server.address() as AddressInfo
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { port, seen, close }
}

let served: Served
/** Kubeconfig of somebody who may only look. */
let viewer: string
let node: PlayedNode
let guard: Guard
let openCode: Awaited<ReturnType<typeof startOpenCode>>
const namespace = 'default'
/** The apiserver tells its time in whole seconds, with its answers. */
const clockSlackMs = 10_000

const start = (io: TestIo, ...words: string[]) => run(['--kubeconfig', served.kubeconfig, ...words], io)
const said = (io: TestIo, pattern: RegExp) =>
  served.until(
    async () => io.stdout() + io.stderr(),
    (text) => pattern.test(text),
  )

const letServerStart = () => serverStarts(served, node, namespace, 'coder')
const isReady = () =>
  served.until(
    () => served.cluster.get({ kind: 'Agent', namespace, name: 'coder' }),
    (agent) => agent?.status?.ready === true,
  )

beforeAll(async () => {
  openCode = await startOpenCode()
  served = await serve('kubeoc-work')
  node = await playNode(served.send, served.dir)
  await served.cluster.create({
    apiVersion: 'kubeopencode.io/v1alpha1',
    kind: 'Agent',
    metadata: { name: 'coder', namespace },
    spec: {
      workspaceDir: '/workspace',
      serviceAccountName: 'default',
      port: openCode.port,
      standby: { idleTimeout: '10m' },
    },
  } as KubeObject)
  guard = await playGuard(served, namespace, 'coder', openCode.port)
  await letServerStart()
  await isReady()
  await installRoles(served.send)
  viewer = await personWith(served, 'viewer', 'kubeopencode-viewer')
}, 1_200_000)
afterAll(async () => {
  guard?.close()
  await node?.close()
  await openCode?.close()
  await served?.close()
})

/** The Task's Pod begins its work. */
const letWorkBegin = async (name: string): Promise<string> => {
  const pod = `${name}-pod`
  await node.awaitPod(namespace, pod)
  await node.setStatus(namespace, pod, {
    phase: 'Running',
    containerStatuses: [
      { name: 'agent', image: 'i', imageID: 'i', ready: true, restartCount: 0, state: { running: {} }, started: true },
    ],
  })
  return pod
}
const letWorkEnd = async (pod: string, exitCode: number): Promise<void> => {
  node.finish(namespace, pod, 'agent')
  await node.setStatus(namespace, pod, {
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    containerStatuses: [
      {
        name: 'agent',
        image: 'i',
        imageID: 'i',
        ready: false,
        restartCount: 0,
        started: false,
        state: { terminated: { exitCode, ...(exitCode !== 0 && { message: 'the model has said no' }) } },
      },
    ],
  })
}

test('run shows the log as it is written, and ends as the Task ends', async () => {
  const io = testIo()
  const running = start(io, 'run', 'Repair the tests', '--agent', 'coder', '--name', 'good')
  const pod = await letWorkBegin('good')
  node.write(namespace, pod, 'agent', 'reads the tests')
  await said(io, /reads the tests/)
  node.write(namespace, pod, 'agent', 'repairs them')
  await letWorkEnd(pod, 0)
  expect(await running).toBe(0)
  expect(io.stdout()).toBe('reads the tests\nrepairs them\n')
  expect(io.stderr()).toMatch(/^Task good is created\n[\s\S]*Task good is done\n$/)

  const again = testIo()
  expect(await start(again, 'task', 'logs', 'good', '--tail', '1')).toBe(0)
  expect(again.stdout()).toContain('repairs them\n')
})

test('run fails as the Task fails, with the reason', async () => {
  const io = testIo()
  const running = start(io, 'run', '-', '--agent', 'coder', '--name', 'bad', '--quiet')
  expect(await running).toBe(2)
  expect(io.stderr()).toContain('the prompt is empty')

  const other = testIo({ stdin: 'Repair "everything"\n' })
  const second = start(other, 'run', '-', '--agent', 'coder', '--name', 'bad', '--quiet')
  const pod = await letWorkBegin('bad')
  await letWorkEnd(pod, 1)
  expect(await second).toBe(1)
  expect(other.stderr()).toMatch(/^error: Task bad has failed: AgentRunFailed: .*the model has said no\n$/)
  const task = await served.cluster.get({ kind: 'Task', namespace, name: 'bad' })
  expect(task?.spec.description).toBe('Repair "everything"\n')
})

test('Ctrl-C leaves the Task running where no terminal can be asked, and stops it where that was said', async () => {
  const io = testIo()
  const leaving = start(io, 'run', 'x', '--agent', 'coder', '--name', 'left')
  const pod = await letWorkBegin('left')
  await said(io, /is at work|its Pod starts/)
  io.interrupt()
  expect(await leaving).toBe(130)
  expect(io.stderr()).toContain('Task left goes on. To follow it: kubeoc task logs -f left -n default')

  const follower = testIo()
  const following = start(follower, 'task', 'logs', '-f', 'left')
  node.write(namespace, pod, 'agent', 'still here')
  await said(follower, /still here/)
  await letWorkEnd(pod, 0)
  expect(await following).toBe(0)

  const stopper = testIo()
  const stopping = start(stopper, 'run', 'x', '--agent', 'coder', '--name', 'stopped', '--on-interrupt', 'stop')
  await letWorkBegin('stopped')
  await said(stopper, /is at work|its Pod starts/)
  stopper.interrupt()
  // Its Pod ends because of that, and not before it.
  await served.until(
    () => served.cluster.get({ kind: 'Task', namespace, name: 'stopped' }),
    (task) => task?.metadata.annotations?.[annotations.stop] === 'true',
  )
  await letWorkEnd('stopped-pod', 1)
  expect(await stopping).toBe(1)
  expect(stopper.stderr()).toContain('Task stopped is stopped, as you asked')
})

/** What was asked at this path. */
const askedAt = (seen: readonly IncomingMessage[], path: string) => seen.find(({ url }) => url === path)

/** Opens the way and gives its address; `close` is Ctrl-C. */
const attached = async () => {
  const io = testIo()
  const attaching = start(io, 'agent', 'attach', 'coder', '--print-url')
  await served.until(
    async () => io.stdout(),
    (text) => text.includes('http://127.0.0.1:'),
  )
  const url = io.stdout().trim()
  const close = async () => {
    io.interrupt()
    return attaching
  }
  return { url, io, close }
}

test('attach passes requests, streams and WebSockets on to the server, and nobody else in', async () => {
  const began = Date.now()
  const { url, io, close } = await attached()
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}$/)
  const posted = await fetch(`${url}/session?a=1`, {
    method: 'POST',
    body: '{"title":"ü"}',
    headers: { authorization: 'Basic eDp5' },
  })
  expect(await posted.json()).toEqual({ method: 'POST', url: '/session?a=1', body: '{"title":"ü"}' })
  // The password of the person's own machine ends there; the server's comes from its Secret.
  const password = await serverPassword(served, namespace, 'coder')
  expect(askedAt(openCode.seen, '/session?a=1')?.headers['authorization']).toBe(basicAuth(serverUser, password))

  const events = await fetch(`${url}/event`)
  const { value } = await events.body!.getReader().read()
  expect(new TextDecoder().decode(value)).toContain('server.connected')

  const socket = new WebSocket(`${url.replace('http', 'ws')}/pty/1/connect`)
  const echoed = await new Promise((resolve, reject) => {
    socket.addEventListener('open', () => socket.send('hello'))
    socket.addEventListener('message', ({ data }) => resolve(data))
    socket.addEventListener('error', () => reject(new Error('the WebSocket failed')))
  })
  expect(echoed).toBe('hello')
  socket.close()

  const { origin, pathname } = new URL(url)
  const another = `${pathname.slice(0, -1)}${pathname.endsWith('x') ? 'y' : 'x'}`
  for (const path of ['/', '/global/health', `${another}/global/health`])
    expect((await fetch(`${origin}${path}`)).status).toBe(404)

  const agent = await served.cluster.get({ kind: 'Agent', namespace, name: 'coder' })
  const beat = Date.parse(agent?.metadata.annotations?.[annotations.lastConnectionActive] ?? '')
  expect(beat).toBeGreaterThanOrEqual(began - clockSlackMs)
  expect(await close()).toBe(0)
  expect(io.stdout() + io.stderr()).not.toContain(password)
  await expect(fetch(`${url}/global/health`)).rejects.toThrow()
})

test('attach wakes an Agent that sleeps, with words about what it waits for', async () => {
  await served.send('PATCH', `/apis/kubeopencode.io/v1alpha1/namespaces/${namespace}/agents/coder`, {
    body: {
      spec: { suspend: true },
      metadata: { annotations: { [annotations.suspendedBy]: 'standby', [annotations.lastConnectionActive]: null } },
    },
    contentType: 'application/merge-patch+json',
  })
  await served.until(
    () => served.cluster.get({ kind: 'Agent', namespace, name: 'coder' }),
    (agent) => agent?.status?.suspended === true,
  )
  const began = Date.now()
  // The clock of the person's machine is three hours late, and that is no matter of the Agent's.
  const io = testIo({ now: () => new Date(Date.now() - 3 * 3600 * 1000) })
  const attaching = start(io, 'agent', 'attach', 'coder', '--print-url')
  await said(io, /Agent coder sleeps and is woken/)
  await letServerStart()
  await served.until(
    async () => io.stdout(),
    (text) => text.includes('http://127.0.0.1:'),
  )
  io.interrupt()
  expect(await attaching).toBe(0)
  const { metadata, spec } = (await served.cluster.get({ kind: 'Agent', namespace, name: 'coder' }))!
  expect(spec.suspend).toBe(false)
  const woken = Date.parse(metadata.annotations?.[annotations.lastConnectionActive] ?? '')
  expect(woken).toBeGreaterThanOrEqual(began - clockSlackMs)
  expect(woken).toBeLessThanOrEqual(Date.now() + clockSlackMs)
})

test('attach without the rights says which role gives them', async () => {
  const io = testIo()
  expect(await run(['--kubeconfig', viewer, 'agent', 'attach', 'coder', '--print-url'], io)).toBe(1)
  expect(io.stderr()).toBe(
    'error: cannot read Secret coder-server-auth: you may not get secrets in namespace default: ask an administrator to bind you the ClusterRole kubeopencode-agent-admin\n',
  )
})

// The settings restart the server of the other Agent too, which is not ready from then on.
test('attach goes to the server itself where it has no password', async () => {
  const settings = {
    apiVersion: 'kubeopencode.io/v1alpha1',
    kind: 'KubeOpenCodeConfig',
    metadata: { name: 'cluster' },
    spec: { security: { requireServerPassword: false } },
  }
  await served.cluster.create(settings as KubeObject)
  const open = await startOpenCode(ownAddress())
  await served.cluster.create({
    apiVersion: 'kubeopencode.io/v1alpha1',
    kind: 'Agent',
    metadata: { name: 'open', namespace },
    spec: { workspaceDir: '/workspace', serviceAccountName: 'default', port: open.port },
  } as KubeObject)
  await serverStarts(served, node, namespace, 'open')
  const io = testIo()
  const attaching = start(io, 'agent', 'attach', 'open', '--print-url')
  await served.until(
    async () => io.stdout(),
    (text) => text.includes('http://127.0.0.1:'),
  )
  expect((await fetch(`${io.stdout().trim()}/x`)).status).toBe(200)
  expect(askedAt(open.seen, '/x')).toBeDefined()
  expect(askedAt(open.seen, '/x')?.headers['authorization']).toBeUndefined()
  io.interrupt()
  expect(await attaching).toBe(0)
  await open.close()
})

test('attach without a password takes the right to reach the server', async () => {
  const io = testIo()
  expect(await run(['--kubeconfig', viewer, 'agent', 'attach', 'open', '--print-url'], io)).toBe(1)
  expect(io.stderr()).toBe(
    'error: you may not reach the server of Agent open: that takes get and create of services/proxy, which the ClusterRole kubeopencode-agent-admin gives\n',
  )
})

test('attach without a terminal says what to do instead', async () => {
  const io = testIo()
  expect(await start(io, 'agent', 'attach', 'coder')).toBe(1)
  expect(io.stderr()).toContain('attach needs a terminal: --print-url opens the way alone')
})
