import type { SessionReport, Sessions, SessionServer } from '../../shared/ports.ts'
import type { Send } from './rest.ts'

/** Longest time one look at a server may take, so that a wedged one holds nobody up. */
const budgetMs = 2_000

/** The parts of OpenCode's session that are read (GET /session, OpenCode's OpenAPI document). */
interface Session {
  readonly id: string
  readonly title: string
  readonly time?: { readonly created?: number }
  readonly cost?: number
  readonly tokens?: {
    readonly input?: number
    readonly output?: number
    readonly reasoning?: number
    readonly cache?: { readonly read?: number; readonly write?: number }
  }
  readonly summary?: { readonly additions?: number; readonly deletions?: number; readonly files?: number }
}

interface Message {
  readonly info?: {
    readonly role?: string
    readonly error?: { readonly name?: string; readonly data?: { readonly message?: string } }
    readonly time?: { readonly completed?: number }
  }
}

const reportOf = (session: Session, messages: readonly Message[]): SessionReport => {
  const last = messages.findLast(({ info }) => info?.role === 'assistant')?.info
  const { tokens, summary } = session
  const failure = last?.error && (last.error.data?.message ?? last.error.name ?? 'the model call failed')
  return {
    session: {
      id: session.id,
      title: session.title,
      summary: {
        messageCount: messages.length,
        tokenUsage: {
          input: tokens?.input ?? 0,
          output: tokens?.output ?? 0,
          reasoning: tokens?.reasoning ?? 0,
          cache: (tokens?.cache?.read ?? 0) + (tokens?.cache?.write ?? 0),
        },
        cost: String(session.cost ?? 0),
        filesChanged: summary?.files ?? 0,
        additions: summary?.additions ?? 0,
        deletions: summary?.deletions ?? 0,
      },
    },
    ...(failure !== undefined && { error: failure }),
  }
}

/** OpenCode's servers through the apiserver's service proxy, so that the functions need no way into the cluster's network. */
export const createSessions = (send: Send): Sessions => {
  /** Undefined for anything but a JSON answer in time: an unknown path answers 200 with a web page. */
  const ask = async <T>(
    server: SessionServer,
    method: string,
    path: string,
    deadline: number,
  ): Promise<T | undefined> => {
    const { namespace, service, port } = server
    const timeoutMs = Math.max(1, deadline - performance.now())
    try {
      const response = await send(
        method,
        `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(service)}:${port}/proxy${path}`,
        { timeoutMs },
      )
      const isJson = response.ok && response.headers.get('content-type')?.includes('json')
      if (!isJson) {
        await response.body?.cancel()
        return undefined
      }
      return (await response.json()) as T
    } catch {
      return undefined
    }
  }

  /** All sessions of exactly this title, newest first. */
  const withTitle = async (server: SessionServer, title: string, deadline: number): Promise<Session[] | undefined> => {
    const query = new URLSearchParams({ search: title, limit: '20' })
    const found = await ask<Session[]>(server, 'GET', `/session?${query}`, deadline)
    return found
      ?.filter((session) => session.title === title)
      .toSorted((one, other) => (other.time?.created ?? 0) - (one.time?.created ?? 0))
  }

  return {
    find: async (server, title) => {
      const deadline = performance.now() + budgetMs
      const sessions = await withTitle(server, title, deadline)
      if (!sessions) return 'unreachable'
      const [session] = sessions
      if (!session) return undefined
      const messages = await ask<Message[]>(
        server,
        'GET',
        `/session/${encodeURIComponent(session.id)}/message`,
        deadline,
      )
      return messages ? reportOf(session, messages) : 'unreachable'
    },

    abort: async (server, title) => {
      const deadline = performance.now() + budgetMs
      const sessions = await withTitle(server, title, deadline)
      if (!sessions) return false
      const answers = await Promise.all(
        sessions.map(({ id }) => ask<boolean>(server, 'POST', `/session/${encodeURIComponent(id)}/abort`, deadline)),
      )
      return answers.every((answer) => answer !== undefined)
    },
  }
}
