import * as z from 'zod'
import { Count } from '../../crds/scalars.ts'
import { MOST_STANDING } from '../../crds/task.ts'
import { isAskedId, shownText } from '../../shared/answers.ts'
import type { Asked, Reply, ServerPasswords, SessionReport, Sessions, SessionServer } from '../../shared/ports.ts'
import { serverPasswordHeader } from '../../shared/server-access.ts'
import type { Send } from './rest.ts'
import { isNoAnswer } from './rest.ts'

/** Longest time one look at a server may take, so that a wedged one holds nobody up. */
const budgetMs = 2_000

/** More than this is not read of one answer: the longest sessions have a few MB, and hundreds may be looked at at once. */
const mostBytes = 16 * 1024 * 1024

/** An agent owns its server and may answer anything: what is no number that a status can hold counts nothing. */
const count = Count.catch(0)
const tokenCount = z.int().min(0).catch(0)

const noTokens = { input: 0, output: 0, reasoning: 0, cache: { read: 0, write: 0 } }
const noChanges = { additions: 0, deletions: 0, files: 0 }

/** The parts of OpenCode's session that are read (GET /session, OpenCode's OpenAPI document). */
const Session = z.object({
  id: z.string().min(1).max(256),
  title: z.string(),
  time: z.object({ created: z.number() }).catch({ created: 0 }),
  cost: z.number().min(0).catch(0),
  tokens: z
    .object({
      input: tokenCount,
      output: tokenCount,
      reasoning: tokenCount,
      cache: z.object({ read: tokenCount, write: tokenCount }).catch(noTokens.cache),
    })
    .catch(noTokens),
  summary: z.object({ additions: count, deletions: count, files: count }).catch(noChanges),
})
type Session = z.infer<typeof Session>

const text = z.string().optional().catch(undefined)

const Message = z.object({
  info: z.object({
    role: text,
    error: z
      .object({ name: text, data: z.object({ message: text }).optional().catch(undefined) })
      .optional()
      .catch(undefined),
  }),
})
type Message = z.infer<typeof Message>

const askedId = z.string().refine(isAskedId)

/** Longest of the rules a standing approval would make, in characters; the note of what is left out comes on top. */
const longestStanding = 200

/** What OpenCode would let through from then on; what is left out is said, so that nothing is let through unseen. */
const standing = (permission: string, patterns: readonly string[]): string[] => {
  const left = patterns.length - MOST_STANDING
  return [
    ...patterns.slice(0, MOST_STANDING).map((pattern) => shownText(`${permission}: ${pattern}`, longestStanding)),
    ...(left > 0 ? [`… and ${left} more`] : []),
  ]
}

/** GET /permission. */
const Permission = z
  .object({
    id: askedId,
    sessionID: askedId,
    permission: z.string(),
    patterns: z.array(z.string()).catch([]),
    always: z.array(z.string()).optional().catch(undefined),
  })
  .transform(({ id, sessionID, permission, patterns, always }) => ({
    session: sessionID,
    asked: {
      kind: 'Permission',
      id,
      text: shownText([permission, patterns.join(', ')].filter(Boolean).join(': ')),
      ...(always && { always: standing(permission, always) }),
    },
  }))

/** GET /question. */
const Question = z
  .object({
    id: askedId,
    sessionID: askedId,
    questions: z
      .array(
        z.object({
          question: z.string(),
          options: z.array(z.object({ label: z.string() })).catch([]),
        }),
      )
      .min(1),
  })
  .transform(({ id, sessionID, questions }) => {
    const texts = questions.map(({ question, options }) =>
      options.length === 0 ? question : `${question} (${options.map(({ label }) => label).join(' / ')})`,
    )
    return { session: sessionID, asked: { kind: 'Question', id, text: shownText(texts.join('; ')) } }
  })

const Parent = z.object({ parentID: askedId.optional().catch(undefined) })

/** Subagents of subagents are looked for so far, and no more questions than that are read of one server. */
const mostGenerations = 4
const mostAsked = 50

/** Path and body that say it. Each line of a reply answers one of the questions that were asked together. */
const telling = ({ kind, id }: Pick<Asked, 'kind' | 'id'>, { verdict, text }: Reply): readonly [string, object] => {
  if (kind === 'Permission') {
    const reply = verdict === 'Approved' ? 'once' : verdict === 'ApprovedAlways' ? 'always' : 'reject'
    return [`/permission/${id}/reply`, { reply, ...(text !== undefined && { message: text }) }]
  }
  if (verdict !== 'Replied') return [`/question/${id}/reject`, {}]
  return [`/question/${id}/reply`, { answers: (text ?? '').split('\n').map((line) => [line]) }]
}

/** The items that are what they should be; undefined where there is no list. */
const listOf = <S extends z.ZodType>(schema: S, found: unknown): z.output<S>[] | undefined =>
  Array.isArray(found) ? found.flatMap((item) => schema.safeParse(item).data ?? []) : undefined

const longestFailure = 4096

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
          input: tokens.input,
          output: tokens.output,
          reasoning: tokens.reasoning,
          cache: tokens.cache.read + tokens.cache.write,
        },
        cost: String(session.cost),
        filesChanged: summary.files,
        additions: summary.additions,
        deletions: summary.deletions,
      },
    },
    ...(failure !== undefined && {
      error: failure.length > longestFailure ? `${failure.slice(0, longestFailure - 1)}…` : failure,
    }),
  }
}

/** OpenCode's servers through the apiserver's service proxy, so that the functions need no way into the cluster's network. */
export const createSessions = (send: Send, passwords: ServerPasswords): Sessions => {
  const headersFor = async ({ namespace, service, agentUid }: SessionServer): Promise<Record<string, string>> =>
    agentUid === undefined
      ? {}
      : { [serverPasswordHeader]: (await passwords.of({ namespace, name: service, uid: agentUid })).password }

  const sendTo = async (server: SessionServer, method: string, path: string, deadline: number, body?: object) => {
    const { namespace, service, port } = server
    const timeoutMs = Math.max(1, Math.floor(deadline - performance.now()))
    return send(
      method,
      `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(service)}:${port}/proxy${path}`,
      { timeoutMs, mostBytes, headers: await headersFor(server), ...(body && { body }) },
    )
  }

  /** Undefined for anything but a JSON answer in time: an unknown path answers 200 with a web page. */
  const ask = async (server: SessionServer, method: string, path: string, deadline: number): Promise<unknown> => {
    try {
      const response = await sendTo(server, method, path, deadline)
      const isJson = response.ok && response.headers.get('content-type')?.includes('json')
      return isJson ? await response.json() : undefined
    } catch (error) {
      if (!isNoAnswer(error)) throw error
      return undefined
    }
  }

  /** All sessions of exactly this title, newest first. */
  const withTitle = async (server: SessionServer, title: string, deadline: number): Promise<Session[] | undefined> => {
    const query = new URLSearchParams({ search: title, limit: '20' })
    return listOf(Session, await ask(server, 'GET', `/session?${query}`, deadline))
      ?.filter((session) => session.title === title)
      .toSorted((one, other) => other.time.created - one.time.created)
  }

  /** Whether the session `id` is one of `ours`, or works for one. */
  const isOurs = async (server: SessionServer, id: string, ours: readonly string[], deadline: number) => {
    let session: string | undefined = id
    for (let generation = 0; session !== undefined && generation <= mostGenerations; generation += 1) {
      if (ours.includes(session)) return true
      session = Parent.safeParse(await ask(server, 'GET', `/session/${session}`, deadline)).data?.parentID
    }
    return false
  }

  return {
    asking: async (server, title) => {
      const deadline = performance.now() + budgetMs
      const [permissions, questions] = await Promise.all([
        ask(server, 'GET', '/permission', deadline).then((found) => listOf(Permission, found)),
        ask(server, 'GET', '/question', deadline).then((found) => listOf(Question, found)),
      ])
      if (!permissions || !questions) return 'unreachable'
      const all = [...permissions, ...questions].slice(0, mostAsked)
      if (all.length === 0) return []
      const ours = (await withTitle(server, title, deadline))?.map(({ id }) => id)
      if (!ours) return 'unreachable'
      const sessions = [...new Set(all.map(({ session }) => session))]
      const own = await Promise.all(sessions.map((session) => isOurs(server, session, ours, deadline)))
      return all.filter(({ session }) => own[sessions.indexOf(session)]).map(({ asked }) => asked as Asked)
    },

    tell: async (server, asked, reply) => {
      const [path, body] = telling(asked, reply)
      try {
        const response = await sendTo(server, 'POST', path, performance.now() + budgetMs, body)
        if (response.ok && response.headers.get('content-type')?.includes('json')) return 'told'
        return response.status === 404 ? 'late' : 'unreachable'
      } catch {
        return 'unreachable'
      }
    },

    find: async (server, title) => {
      const deadline = performance.now() + budgetMs
      const sessions = await withTitle(server, title, deadline)
      if (!sessions) return 'unreachable'
      const [session] = sessions
      if (!session) return undefined
      const path = `/session/${encodeURIComponent(session.id)}/message`
      const messages = listOf(Message, await ask(server, 'GET', path, deadline))
      return messages ? reportOf(session, messages) : 'unreachable'
    },

    abort: async (server, title) => {
      const deadline = performance.now() + budgetMs
      const sessions = await withTitle(server, title, deadline)
      if (!sessions) return false
      const answers = await Promise.all(
        sessions.map(({ id }) => ask(server, 'POST', `/session/${encodeURIComponent(id)}/abort`, deadline)),
      )
      return answers.every((answer) => answer !== undefined)
    },
  }
}
