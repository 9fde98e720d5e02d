import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { ensureCertificates, tlsFiles } from '../../infra/local/certificates.ts'
import type { Send } from '../../infra/cluster/rest.ts'

/** Plays the kubelet of one node as far as the apiserver asks one for logs. What it says is written by the test. */
export interface Kubelet {
  readonly node: string
  /** Lines of a container, each `TIME TEXT` as a kubelet has them. */
  readonly say: (pod: string, container: string, ...lines: string[]) => void
  /** Nothing more is said; who follows comes to an end. */
  readonly end: (pod: string, container: string) => void
  readonly close: () => Promise<void>
}

const heartbeatMs = 10_000

interface Voice {
  lines: string[]
  hasEnded: boolean
  readonly listeners: Set<() => void>
}

export const startKubelet = async (dir: string, send: Send): Promise<Kubelet> => {
  const pki = join(dir, 'pki')
  await ensureCertificates(pki, [{ file: 'played-kubelet', user: 'played-kubelet', hosts: ['127.0.0.1'] }])
  const { certificate, key } = tlsFiles(pki, 'played-kubelet')
  const voices = new Map<string, Voice>()
  const voiceOf = (pod: string, container: string): Voice => {
    const name = `${pod}/${container}`
    const voice = voices.get(name) ?? { lines: [], hasEnded: false, listeners: new Set() }
    voices.set(name, voice)
    return voice
  }

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? '', 'https://kubelet')
    const [, what, , pod = '', container = ''] = url.pathname.split('/')
    if (what !== 'containerLogs') {
      response.writeHead(404).end()
      return
    }
    const voice = voiceOf(pod, container)
    const since = url.searchParams.get('sinceTime')
    const tail = url.searchParams.get('tailLines')
    const asked = voice.lines.filter((line) => since === null || line >= since.replace(/Z$/, ''))
    const first = tail === null ? asked : asked.slice(asked.length - Number(tail))
    response.writeHead(200, { 'content-type': 'text/plain' })
    response.flushHeaders()
    for (const line of first) response.write(`${line}\n`)
    let told = voice.lines.length
    const more = (): void => {
      for (const line of voice.lines.slice(told)) response.write(`${line}\n`)
      told = voice.lines.length
      if (voice.hasEnded || url.searchParams.get('follow') !== 'true') response.end()
    }
    voice.listeners.add(more)
    response.on('close', () => voice.listeners.delete(more))
    more()
  }

  const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const node = 'played'
  const { port } = server.address() as AddressInfo
  const made = await send('POST', '/api/v1/nodes', {
    body: { apiVersion: 'v1', kind: 'Node', metadata: { name: node } },
  })
  if (!made.ok) throw new Error(`no node: ${await made.text()}`)
  const statusNow = () => ({
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'Played',
        message: 'by a test',
        lastHeartbeatTime: new Date().toISOString(),
      },
    ],
  })
  /** A node that says nothing for 50 s is given up, and with it all Pods on it. */
  const beat = () =>
    send('PATCH', `/api/v1/nodes/${node}/status`, {
      body: { status: statusNow() },
      contentType: 'application/merge-patch+json',
    })
  await beat()
  const heart = setInterval(() => void beat().catch(() => {}), heartbeatMs)
  const change = (pod: string, container: string, how: (voice: Voice) => void): void => {
    const voice = voiceOf(pod, container)
    how(voice)
    for (const listener of voice.listeners) listener()
  }
  return {
    node,
    say: (pod, container, ...lines) => change(pod, container, (voice) => void voice.lines.push(...lines)),
    end: (pod, container) => change(pod, container, (voice) => void (voice.hasEnded = true)),
    close: () => {
      clearInterval(heart)
      return new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}
