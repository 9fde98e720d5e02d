/** One Task on an OpenCode server: session, prompt, lines while it works, and the truth at the end. */
import { list, record, text, type Json } from './json.ts'
import { createLinePrinter, type ServerEvent } from './lines.ts'
import { permissionDesk, type TellAsking } from './permissions.ts'
import { ServerUnreachable, type Answer, type OpencodeServer } from './server.ts'
import type { RunSummary } from './summary.ts'
import { faultOf, isSettled, readMessages, summarize, type Message } from './verdict.ts'

export type Job = {
  readonly title: string
  /** Reaches the model character for character. */
  readonly prompt: string
  /** Kept with the session on the server, so that others find the Task it belongs to. */
  readonly metadata: Readonly<Record<string, string>>
  /** How long the server may take to answer its first call. */
  readonly startTimeoutSeconds: number
  /** How long the server may be out of reach in the middle of the work. */
  readonly lostAfterSeconds: number
  /** How long a permission request waits for a person; 0 rejects it at once. */
  readonly permissionWaitSeconds: number
  /** Said where the server never answers. */
  readonly unreachedHint?: string
  /** Hears whether the agent waits to be told something. */
  readonly tellAsking?: TellAsking
}

type Standing = 'busy' | 'idle' | 'gone' | 'unreachable'

// A server on a busy node loads its plugins and snapshots the workspace first.
const firstAnswerMs = 120_000

/** A fault that ends the run; its message is the sentence for the user. */
class RunFault extends Error {}

const lost =
  'The session is lost: the OpenCode server no longer knows it. A server that restarted has forgotten its sessions, unless persistence.sessions of its Agent keeps them.'

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const pause = (milliseconds: number, stop: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      stop.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, stop.aborted ? 0 : milliseconds)
    stop.addEventListener('abort', end)
  })

const expectOk = ({ status, body }: Answer, what: string): Json => {
  if (status === 401)
    throw new RunFault(
      'The OpenCode server refuses our password (HTTP 401); check that OPENCODE_SERVER_PASSWORD is the one the server was started with.',
    )
  if (status >= 300) {
    const reason = text(record(record(body)['data'])['message']) ?? JSON.stringify(body ?? '')
    const hint =
      status >= 500 ? ' Is the volume of its sessions full? A larger claim, or persistence.sessions, makes room.' : ''
    throw new RunFault(`The OpenCode server could not ${what} (HTTP ${status}): ${reason}${hint}`)
  }
  return record(body)
}

/** Repeats until the server answers. A server that is starting may accept a call and never answer it. */
const untilAnswered = async <T>(
  ask: () => Promise<T>,
  seconds: number,
  stop: AbortSignal,
  hint?: string,
): Promise<T> => {
  const deadline = Date.now() + seconds * 1000
  for (let delay = 250; ; delay = Math.min(delay * 2, 2000)) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof ServerUnreachable) || stop.aborted) throw error
      if (Date.now() + delay > deadline)
        throw new RunFault(
          `The OpenCode server did not answer for ${seconds} s: ${error.message}.${hint === undefined ? '' : ` ${hint}`}`,
          { cause: error },
        )
      await pause(delay, stop)
    }
  }
}

/** Runs the job. Never throws for what can go wrong on the way: the summary's `error` says it. */
export const work = async (
  server: OpencodeServer,
  job: Job,
  print: (line: string) => void,
  stop: AbortSignal,
): Promise<RunSummary> => {
  const lines = createLinePrinter(print)
  const permissions = permissionDesk(server, job.permissionWaitSeconds, print, job.tellAsking)
  /** Ours first, then the sessions of its subagents. */
  const sessions: string[] = []
  let promptedAt = 0

  const get = async (path: string, timeoutMs?: number): Promise<unknown> => {
    const answer = await server.call('GET', path, undefined, timeoutMs)
    return answer.status === 200 ? answer.body : undefined
  }

  /** True when our session has come to rest. */
  const handle = (event: ServerEvent): boolean => {
    const { type, properties } = event
    const info = record(properties['info'])
    const parent = text(info['parentID'])
    const created = text(info['id'])
    if (type === 'session.created' && created && parent && sessions.includes(parent)) sessions.push(created)

    // Events about a session as a whole name it in `info` only.
    const about = type.startsWith('session.') ? created : text(record(properties['part'])['sessionID'])
    const session = text(properties['sessionID']) ?? about ?? ''
    const depth = sessions.indexOf(session)
    if (depth < 0) return false
    if (type === 'session.deleted' && depth === 0) throw new RunFault(lost)
    permissions.handle(event)
    lines.show(event, depth > 0 ? '  · ' : '')
    return type === 'session.idle' && depth === 0
  }

  const messagesOf = async (session: string): Promise<readonly Message[]> =>
    readMessages(await get(`/session/${session}/message`, 15_000))

  const standing = async (session: string): Promise<Standing> => {
    try {
      // Messages before status: what ends in between is idle, and nothing that begins in between is missed.
      const last = (await messagesOf(session)).at(-1)
      // First of all: a deleted session may be listed as busy for as long as its last call to the model lasts.
      if ((await server.call('GET', `/session/${session}`)).status === 404) return 'gone'
      const status = record(record((await server.call('GET', '/session/status')).body)[session])
      if (status['type'] !== undefined) {
        handle({ type: 'session.status', properties: { sessionID: session, status } })
        return 'busy'
      }
      // Between the prompt and the first answer the server lists nothing.
      const isStarting = last?.info['role'] !== 'assistant' && Date.now() - promptedAt < firstAnswerMs
      return isStarting ? 'busy' : 'idle'
    } catch (error) {
      if (error instanceof ServerUnreachable) return 'unreachable'
      throw error
    }
  }

  /** True when the work is at its end for certain; a slow answer is no sign of anything. */
  const isOver = async (session: string): Promise<boolean> => {
    const now = await standing(session)
    if (now === 'gone') throw new RunFault(lost)
    return now === 'idle'
  }

  /** Prints what of the messages has not been heard of. */
  const show = (session: string, messages: readonly Message[]): void => {
    for (const { info, parts } of messages) {
      handle({ type: 'message.updated', properties: { sessionID: session, info } })
      for (const part of parts) handle({ type: 'message.part.updated', properties: { sessionID: session, part } })
    }
  }

  /** Tells what happened while nobody listened. */
  const catchUp = async (session: string): Promise<void> => {
    show(session, await messagesOf(session))
    for (const request of list(await get('/permission')))
      handle({ type: 'permission.asked', properties: record(request) })
    for (const request of list(await get('/question'))) handle({ type: 'question.asked', properties: record(request) })
  }

  const sendPrompt = async (session: string): Promise<void> => {
    const send = async (): Promise<void> => {
      // An earlier try may have arrived although its answer did not.
      if (promptedAt > 0 && (await messagesOf(session)).length > 0) return
      promptedAt = Date.now()
      const body = { parts: [{ type: 'text', text: job.prompt }] }
      expectOk(await server.call('POST', `/session/${session}/prompt_async`, body, 15_000), 'take the prompt')
    }
    await untilAnswered(send, job.startTimeoutSeconds, stop)
  }

  const follow = async (session: string): Promise<void> => {
    let stream = await untilAnswered(() => server.events(stop), job.startTimeoutSeconds, stop)
    await sendPrompt(session)
    let reachableAt = Date.now()
    for (;;) {
      for await (const event of stream) {
        reachableAt = Date.now()
        if (handle(event)) return
        // The server's heartbeat is our clock: an idle event that got lost must not keep the Task running.
        if (event.type === 'server.heartbeat' && (await isOver(session))) return
      }
      for (;;) {
        if (stop.aborted) return
        if (await isOver(session)) return
        const next = await server.events(stop).catch(() => undefined)
        if (next) {
          stream = next
          await catchUp(session).catch(() => undefined)
          break
        }
        if (Date.now() - reachableAt > job.lostAfterSeconds * 1000)
          throw new RunFault(
            `The session is lost: the OpenCode server at ${server.url} has been out of reach for ${job.lostAfterSeconds} s.`,
          )
        await pause(1000, stop)
      }
    }
  }

  /** The server says idle a moment before it has stored how the last answer ended. */
  const settledMessages = async (session: string): Promise<readonly Message[]> => {
    for (let attempt = 0; ; attempt++) {
      const messages = await messagesOf(session)
      if (attempt === 50 || isSettled(messages)) return messages
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }

  const conclude = async (session: string): Promise<RunSummary> => {
    const messages = await settledMessages(session)
    // The end may be seen before the last words are heard.
    show(session, messages)
    lines.flush()
    const infos = await Promise.all(sessions.map(async (id) => record(await get(`/session/${id}`))))
    if (messages.length === 0 && infos[0]?.['id'] === undefined) return { error: lost }
    const prompt = text(messages.find(({ info }) => info['role'] === 'user')?.info['id'])
    const diff = prompt && (await get(`/session/${session}/diff?messageID=${prompt}`).catch(() => undefined))
    const error = permissions.rejection() ?? faultOf(messages)
    return { session: summarize(infos, messages, diff), ...(error !== undefined && { error }) }
  }

  const abort = async (session: string): Promise<void> => {
    for (let attempt = 0; attempt < 3; attempt++) {
      const answer = await server.call('POST', `/session/${session}/abort`, {}, 3000).catch(() => undefined)
      if (answer && answer.status < 500) return
    }
    print(`! the session ${session} could not be aborted; it may still be at work`)
  }

  try {
    await untilAnswered(
      async () => expectOk(await server.call('GET', '/global/health', undefined, 2000), 'answer'),
      job.startTimeoutSeconds,
      stop,
      job.unreachedHint,
    )
    const made = await untilAnswered(
      async () =>
        expectOk(
          await server.call('POST', '/session', { title: job.title, metadata: job.metadata }, 15_000),
          'make a session',
        ),
      job.startTimeoutSeconds,
      stop,
    )
    const session = text(made['id'])
    if (session === undefined) throw new RunFault('The OpenCode server made a session without an id.')
    const began = Date.now()
    sessions.push(session)
    print(`session ${session} on ${server.url}`)
    let fault: string | undefined
    try {
      await follow(session)
    } catch (error) {
      fault = sentenceOf(error)
    }
    lines.flush()
    permissions.close()
    if (stop.aborted) {
      await abort(session)
      fault = 'The run was stopped before the work was complete.'
    }
    const time = { began, ended: Date.now() }
    const seen = await untilAnswered(() => conclude(session), job.lostAfterSeconds, stop).catch(
      (error: unknown): RunSummary => ({ error: sentenceOf(error) }),
    )
    return { ...seen, time, ...(fault !== undefined && { error: fault }) }
  } catch (error) {
    return { error: stop.aborted ? 'The run was stopped before it began.' : sentenceOf(error) }
  }
}
