import type { DiffLine } from './diff.ts'

/** One thing that was said or done in a session, as far as a reader cares. */
export interface Entry {
  readonly key: string
  readonly kind: 'asked' | 'said' | 'thought' | 'tool' | 'failed'
  readonly text: string
  /** Of a tool: its name, how it went, the whole of what it was called with, and what came of it. */
  readonly tool?: { readonly name: string; readonly status: string; readonly input: string; readonly output: string }
}

type Json = Readonly<Record<string, unknown>>

const record = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** What a tool was called with, in a line: its command or its file where it has one. */
const callOf = (input: Json): string =>
  text(input['command']) ||
  text(input['filePath']) ||
  text(input['path']) ||
  text(input['pattern']) ||
  text(input['url']) ||
  (Object.keys(input).length > 0 ? JSON.stringify(input) : '')

/** Longest call that is shown in its line, in characters; the whole of it is below. */
const longestCall = 300

/** What would turn the direction of a command, or hide in it, is seen. */
const seen = (words: string): string => words.replace(/(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD')

/** What stands behind a line break may be a command of its own. */
const lineOf = (call: string): string => {
  const line = seen(call.trim().replace(/\r\n|[\n\r]/g, ' ⏎ '))
  return line.length <= longestCall ? line : `${line.slice(0, longestCall)}…`
}

/** Longest text that a page shows of one thing, in characters; the rest is in the session itself. */
const longest = 20_000

/** As much of it as a page bears, with what was cut. */
const cutText = (whole: string, most = longest): string =>
  whole.length <= most
    ? whole
    : `${whole.slice(0, most).replace(/[\uD800-\uDBFF]$/, '')}\n… and ${whole.length - most} characters more, which are in the session`

/** The whole of it, each field with its name, and a text with its line breaks. */
const inputOf = (input: Json): string =>
  cutText(
    seen(
      Object.entries(input)
        .map(([name, value]) => {
          const said = typeof value === 'string' ? value : JSON.stringify(value)
          return `${name}:${said?.includes('\n') ? '\n' : ' '}${said}`
        })
        .join('\n'),
    ),
  )

const entryOf = (part: Json, isUser: boolean, key: string): Entry | undefined => {
  if (part['type'] === 'text') {
    const said = text(part['text']).trim()
    // What OpenCode adds to a prompt for the model alone is not what somebody asked.
    return said === '' || part['synthetic'] === true
      ? undefined
      : { key, kind: isUser ? 'asked' : 'said', text: cutText(said) }
  }
  if (part['type'] === 'reasoning') {
    const thought = text(part['text']).trim()
    return thought === '' ? undefined : { key, kind: 'thought', text: cutText(thought) }
  }
  if (part['type'] !== 'tool') return undefined
  const state = record(part['state'])
  const input = record(state['input'])
  return {
    key,
    kind: 'tool',
    text: lineOf(callOf(input)),
    tool: {
      name: text(part['tool']) || 'a tool',
      status: text(state['status']) || 'pending',
      input: inputOf(input),
      output: cutText(text(state['output']) || text(state['error'])),
    },
  }
}

/** A transcript as OpenCode gives it, in the order in which it happened; what is not known is left out. */
export const entriesOf = (messages: readonly unknown[]): readonly Entry[] =>
  messages.flatMap((message, index) => {
    const { info, parts } = record(message)
    const { role, id, error } = record(info)
    const key = text(id) || String(index)
    const found = list(parts).flatMap(
      (part, at) => entryOf(record(part), role === 'user', `${key}/${at}`) ?? ([] as Entry[]),
    )
    const { name, data } = record(error)
    const fault = text(record(data)['message']) || text(name)
    return fault === '' ? found : [...found, { key: `${key}/error`, kind: 'failed' as const, text: cutText(fault) }]
  })

/** When a session last moved, in milliseconds; 0 where it does not say. */
export const updatedOf = (session: unknown): number => Number(record(record(session)['time'])['updated']) || 0

/** Longest thing to do that is shown, in characters. */
const longestTodo = 500

export interface Todo {
  readonly text: string
  readonly state: string
}

export const todosOf = (todo: readonly unknown[]): readonly Todo[] =>
  todo.flatMap((one) => {
    const { content, status } = record(one)
    return text(content) === '' ? [] : [{ text: cutText(text(content), longestTodo), state: text(status) || 'pending' }]
  })

export interface ChangedFile {
  readonly file: string
  readonly additions: number
  readonly deletions: number
  /** What changed, line by line; empty where OpenCode does not say it, as of a file that is no text. */
  readonly lines: readonly DiffLine[]
}

/** The hunks of a patch in unified form. What names the file before the first of them is left out. */
const patchLines = (patch: string): readonly DiffLine[] => {
  const lines = cutText(seen(patch)).replace(/\n$/, '').split('\n')
  const first = lines.findIndex((line) => line.startsWith('@@'))
  return first < 0
    ? []
    : lines.slice(first).map((line) => {
        const sign = line.startsWith('+') ? '+' : line.startsWith('-') ? '-' : ' '
        return { sign, text: line.startsWith('@@') ? line : line.slice(1) }
      })
}

export const changedFilesOf = (diff: unknown): readonly ChangedFile[] =>
  list(diff).flatMap((one) => {
    const { file, additions, deletions, patch } = record(one)
    if (text(file) === '') return []
    const counts = { additions: Number(additions) || 0, deletions: Number(deletions) || 0 }
    return [{ file: seen(text(file)), ...counts, lines: patchLines(text(patch)) }]
  })
