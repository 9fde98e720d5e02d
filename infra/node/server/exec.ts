import { WebSocket } from 'ws'
import type { ExecTarget } from '../../../functions/api/agents/terminal.ts'
import type { Caller } from '../../../functions/api/apiserver.ts'
import { trustOf } from '../../cluster/credentials.ts'
import type { Endpoint } from '../../cluster/endpoint.ts'
import { Problem, wordOf } from '../../../functions/api/problem.ts'

/** Channels of the apiserver's streams: the first byte of each frame, https://kubernetes.io/docs/reference/using-api/ ("v5.channel.k8s.io"). */
const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const
const protocol = 'v5.channel.k8s.io'

const handshakeMs = 20_000

export interface Exec {
  /** Bytes for the program; false while it takes no more. */
  readonly write: (bytes: Uint8Array) => void
  readonly resize: (columns: number, rows: number) => void
  readonly pause: () => void
  readonly resume: () => void
  readonly close: () => void
}

export interface Heard {
  readonly output: (bytes: Uint8Array) => void
  /** `message` is what the apiserver says of a program that did not end well. */
  readonly end: (message: string | undefined) => void
}

const framed = (channel: number, bytes: Uint8Array): Uint8Array => {
  const frame = new Uint8Array(bytes.byteLength + 1)
  frame[0] = channel
  frame.set(bytes, 1)
  return frame
}

/** The Status at the end of a stream; undefined for a program that ended well. */
const failureIn = (bytes: Uint8Array): string | undefined => {
  try {
    const { status, message } = JSON.parse(new TextDecoder().decode(bytes)) as { status?: string; message?: string }
    return status === 'Success' ? undefined : (message ?? 'the program failed')
  } catch {
    return undefined
  }
}

const urlOf = (server: string, { namespace, pod, container, command }: ExecTarget): string => {
  const query = new URLSearchParams({ container, stdin: 'true', stdout: 'true', stderr: 'false', tty: 'true' })
  for (const word of command) query.append('command', word)
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/exec`
  return `${server.replace(/^http/, 'ws').replace(/\/$/, '')}${path}?${query}`
}

/** Runs the command in a terminal through the apiserver's exec, as the caller. Throws Problem with the apiserver's own code. */
export const openExec =
  ({ server, credentials }: Endpoint) =>
  async (caller: Caller, target: ExecTarget, heard: Heard): Promise<Exec> => {
    const options = await credentials()
    const socket = new WebSocket(urlOf(server, target), protocol, {
      ...trustOf(options),
      ...(options.agent && { agent: options.agent }),
      headers: {
        ...options.headers,
        ...(caller.kind === 'token' && { authorization: `Bearer ${caller.token}` }),
      },
      handshakeTimeout: handshakeMs,
      perMessageDeflate: false,
    })
    let failure: string | undefined
    socket.on('message', (data: Buffer) => {
      const [channel] = data
      const bytes = data.subarray(1)
      if (channel === channels.stdout || channel === channels.stderr) heard.output(bytes)
      else if (channel === channels.error) failure = failureIn(bytes)
    })
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('unexpected-response', (request, response) => {
        const code = response.statusCode ?? 502
        request.destroy()
        reject(new Problem(code, wordOf(code), `the apiserver answered ${code} to the terminal`))
      })
      socket.once('error', () => reject(new Problem(503, 'ServiceUnavailable', 'the apiserver opened no terminal')))
    })
    socket.on('error', () => socket.terminate())
    socket.on('close', () => heard.end(failure))
    const send = (channel: number, bytes: Uint8Array): void => {
      if (socket.readyState === WebSocket.OPEN) socket.send(framed(channel, bytes))
    }
    return {
      write: (bytes) => send(channels.stdin, bytes),
      resize: (Width, Height) => send(channels.resize, new TextEncoder().encode(JSON.stringify({ Width, Height }))),
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      close: () => socket.close(),
    }
  }
export type OpenExec = ReturnType<typeof openExec>
