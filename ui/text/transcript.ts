/** One thing that was said or done in a session, as far as a reader cares. */
export interface Entry {
  readonly key: string
  readonly kind: 'asked' | 'said' | 'thought' | 'tool' | 'failed'
  readonly text: string
  /** Of a tool: its name, how it went, and what came of it. */
  readonly tool?: { readonly name: string; readonly status: string; readonly output: string }
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

const entryOf = (part: Json, isUser: boolean, key: string): Entry | undefined => {
  if (part['type'] === 'text') {
    const said = text(part['text']).trim()
    // What OpenCode adds to a prompt for the model alone is not what somebody asked.
    return said === '' || part['synthetic'] === true ? undefined : { key, kind: isUser ? 'asked' : 'said', text: said }
  }
  if (part['type'] === 'reasoning') {
    const thought = text(part['text']).trim()
    return thought === '' ? undefined : { key, kind: 'thought', text: thought }
  }
  if (part['type'] !== 'tool') return undefined
  const state = record(part['state'])
  return {
    key,
    kind: 'tool',
    text: callOf(record(state['input'])),
    tool: {
      name: text(part['tool']) || 'a tool',
      status: text(state['status']) || 'pending',
      output: text(state['output']) || text(state['error']),
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
    return fault === '' ? found : [...found, { key: `${key}/error`, kind: 'failed' as const, text: fault }]
  })

export interface Todo {
  readonly text: string
  readonly state: string
}

export const todosOf = (todo: readonly unknown[]): readonly Todo[] =>
  todo.flatMap((one) => {
    const { content, status } = record(one)
    return text(content) === '' ? [] : [{ text: text(content), state: text(status) || 'pending' }]
  })

export interface ChangedFile {
  readonly file: string
  readonly additions: number
  readonly deletions: number
}

export const changedFilesOf = (diff: unknown): readonly ChangedFile[] =>
  list(diff).flatMap((one) => {
    const { file, additions, deletions } = record(one)
    return text(file) === ''
      ? []
      : [{ file: text(file), additions: Number(additions) || 0, deletions: Number(deletions) || 0 }]
  })
