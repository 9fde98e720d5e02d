import type { Oidc } from '../../functions/api/access/oidc.ts'
import type { Socket } from 'node:net'
import { createSeal } from '../../functions/api/access/sealed.ts'
import { asCaller } from '../../infra/cluster/as-caller.ts'
import { identify } from '../../infra/cluster/identity.ts'
import { connect } from '../../infra/cluster/undici.ts'
import { apiManager } from '../../infra/node/server/apiserver.ts'
import { openExec } from '../../infra/node/server/exec.ts'
import type { ServerOptions } from '../../infra/node/server/start.ts'
import { startServer } from '../../infra/node/server/start.ts'
import { createTerminal } from '../../infra/node/server/terminal.ts'
import type { Log } from '../../shared/ports.ts'
import type { SeenEvent } from '../builders/events.ts'
import { eventsIn } from '../builders/events.ts'
import type { Served } from './served.ts'
import { serve } from './served.ts'
import { installRoles, person } from './people.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
}

type Init = Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> }

/** A real control plane with functions and webhooks, and the API before it as people reach it. */
export const apiWorld = async (
  name: string,
  options: Partial<Pick<ServerOptions, 'dashboard' | 'basePath' | 'port' | 'terminal'>> & {
    readonly apiserverFlags?: readonly string[]
    readonly oidc?: Oidc
  } = {},
) => {
  const { apiserverFlags, oidc, ...serverOptions } = options
  const served: Served = await serve(name, apiserverFlags)
  await installRoles(served.send)
  const namespace = 'team'
  await served.send('POST', '/api/v1/namespaces', {
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  })
  const lines: string[] = []
  const write = (message: string, fields?: object): void => void lines.push(JSON.stringify({ message, ...fields }))
  const log: Log = { debug: write, info: write, warn: write, error: write }
  const nobody = await identify({ kubeconfig: served.kubeconfig, asNobody: true })
  const connection = connect(nobody, apiManager)
  const server = await startServer({
    apiserverOf: asCaller(connection),
    access: {
      mode: 'token',
      seal: await createSeal(crypto.getRandomValues(new Uint8Array(32))),
      oidc,
    },
    clock: { now: () => new Date(), sleep: async () => {} },
    log,
    terminal: createTerminal(openExec(nobody), log),
    port: 0,
    hostname: '127.0.0.1',
    ...serverOptions,
  })
  const url = `http://127.0.0.1:${server.port}`
  // WebSockets too, which the server does not count among its connections any more.
  const sockets = new Set<Socket>()
  server.server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })

  const request = (method: string, path: string, { headers, ...init }: Init = {}): Promise<Response> =>
    fetch(`${url}${path}`, { method, headers: { ...headers }, ...init })
  const answerOf = async (response: Response): Promise<Answer> => {
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? (JSON.parse(text) as Record<string, unknown>) : { text },
    }
  }

  /** A person with a token: what they send goes to the API under their name. */
  const as = (token: string) => {
    const authorized = (headers: Init['headers'] = {}) => ({ authorization: `Bearer ${token}`, ...headers })
    const call = async (method: string, path: string, body?: unknown, headers?: Init['headers']): Promise<Answer> =>
      answerOf(
        await request(method, path, {
          headers: authorized({ ...(body !== undefined && { 'content-type': 'application/json' }), ...headers }),
          ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        }),
      )
    return {
      call,
      get: (path: string, headers?: Init['headers']) => call('GET', path, undefined, headers),
      events: async (path: string, headers?: Init['headers']) => {
        const response = await request('GET', path, { headers: authorized(headers) })
        if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`)
        return eventsIn(response)
      },
    }
  }

  return {
    ...served,
    namespace,
    url,
    lines,
    request,
    answerOf,
    as,
    person: (one: string, ...roles: string[]) => person(served.send, namespace, one, ...roles),
    /** Every connection to the API is lost at once, as when it is replaced. */
    cut: () => sockets.forEach((socket) => socket.destroy()),
    close: async () => {
      await server.close(0)
      await served.close()
    },
  }
}
export type ApiWorld = Awaited<ReturnType<typeof apiWorld>>

export const namesIn = (list: Record<string, unknown>): string[] =>
  (list['items'] as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name)

export const nameIn = ({ data }: SeenEvent): string => (data['metadata'] as { name: string }).name
