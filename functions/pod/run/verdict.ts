/**
 * Whether a run succeeded, judged from the session on the server: exit codes of clients and missing error events have
 * both been seen to lie. Pure.
 */
import { oneLine } from '../../../shared/one-line.ts'
import { list, number, record, text, type Json } from './json.ts'
import { decimal, type SessionSummary } from './summary.ts'

/** `{ info, parts }` as GET /session/:id/message lists them. */
export type Message = { readonly info: Json; readonly parts: readonly Json[] }

export const readMessages = (body: unknown): readonly Message[] =>
  list(body).map((entry) => ({ info: record(record(entry)['info']), parts: list(record(entry)['parts']).map(record) }))

/** One line for an error object of OpenCode: `{ name, data: { message, statusCode } }`. */
export const errorLine = (error: unknown): string => {
  const { name, data } = record(error)
  const { message, statusCode } = record(data)
  const said = text(message)
  const words = said === undefined ? undefined : oneLine(said)
  if (name === 'MessageAbortedError') return 'The session was aborted.'
  const status = typeof statusCode === 'number' ? ` (HTTP ${statusCode})` : ''
  if (name === 'APIError' || name === 'ProviderAuthError')
    return `The model provider refused the request${status}: ${words ?? 'no reason given'}`
  return `${text(name) ?? 'Error'}${status}: ${words ?? 'no reason given'}`
}

/** Whether the last answer has its end: a time of completion or an error. */
export const isSettled = (messages: readonly Message[]): boolean => {
  const last = messages.at(-1)?.info
  return last?.['role'] === 'assistant' && (record(last['time'])['completed'] !== undefined || Boolean(last['error']))
}

const unfinished: Readonly<Record<string, string>> = {
  'tool-calls': 'The session stopped in the middle of its work, after a tool call; see the last lines above.',
  length: "The answer was cut off at the model's output limit; ask for less at once or raise the limit.",
  'content-filter': "The model's content filter cut off the answer.",
  error: 'The model provider ended the answer with an error.',
}

/** The sentence that says why the run failed; undefined means that it succeeded. */
export const faultOf = (messages: readonly Message[]): string | undefined => {
  const last = messages.at(-1)?.info
  if (last === undefined) return 'The session has no messages; the prompt did not reach the server.'
  if (last['role'] !== 'assistant')
    return 'The session ended without an answer to the prompt; the server may have been restarted, or the volume of its sessions is full.'
  if (last['error'] !== undefined && last['error'] !== null) return errorLine(last['error'])
  if (record(last['time'])['completed'] === undefined)
    return 'The session was interrupted before the answer was complete; the server may have been restarted, or the volume of its sessions is full.'
  const finish = text(last['finish'])
  if (finish === undefined) return 'The session ended before the model answered; it may have been aborted.'
  return unfinished[finish]
}

/** Adds up the figures of a session and its subagents' sessions, as GET /session/:id gives them. */
export const summarize = (sessions: readonly Json[], messages: readonly Message[], diff: unknown): SessionSummary => {
  const [main = {}] = sessions
  const total = (pick: (session: Json) => unknown): number =>
    sessions.reduce((sum, session) => sum + number(pick(session)), 0)
  const tokens = (session: Json): Json => record(session['tokens'])
  const files = list(diff).map(record)
  const known = record(main['summary'])
  const changed = (of: (file: Json) => unknown, fallback: unknown): number =>
    files.length > 0 ? files.reduce((sum, file) => sum + number(of(file)), 0) : number(fallback)
  return {
    id: text(main['id']) ?? '',
    title: text(main['title']) ?? '',
    messageCount: messages.length,
    tokenUsage: {
      input: total((session) => tokens(session)['input']),
      output: total((session) => tokens(session)['output']),
      reasoning: total((session) => tokens(session)['reasoning']),
      cache:
        total((session) => record(tokens(session)['cache'])['read']) +
        total((session) => record(tokens(session)['cache'])['write']),
    },
    cost: decimal(total((session) => session['cost'])),
    filesChanged: files.length > 0 ? files.length : number(known['files']),
    additions: changed((file) => file['additions'], known['additions']),
    deletions: changed((file) => file['deletions'], known['deletions']),
  }
}
