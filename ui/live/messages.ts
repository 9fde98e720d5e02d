/** One server-sent event, https://html.spec.whatwg.org/multipage/server-sent-events.html */
export interface Message {
  readonly event: string
  readonly data: string
  readonly id: string | undefined
}

/** Takes the text of a stream in pieces of any size and gives the events that are whole. */
export const createParser = (): ((piece: string) => Message[]) => {
  let rest = ''
  let event = ''
  let id: string | undefined
  let data: string[] = []
  return (piece) => {
    const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    const found: Message[] = []
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) found.push({ event: event || 'message', data: data.join('\n'), id })
        event = ''
        data = []
        continue
      }
      const colon = line.indexOf(':')
      const field = colon < 0 ? line : line.slice(0, colon)
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
      if (field === 'event') event = value
      else if (field === 'data') data.push(value)
      else if (field === 'id') id = value
    }
    return found
  }
}

/** The server says something every 15 seconds; a connection that is silent for longer than twice that is dead. */
export const longestSilenceMs = 40_000

/**
 * The events of an answer until it ends. Throws when nothing is heard for too long, as after a sleep of the machine, in
 * which nobody told us that the connection went.
 */
export async function* messagesOf(
  response: Response,
  signal: AbortSignal,
  { silenceMs = longestSilenceMs, onHeard }: { silenceMs?: number; onHeard?: () => void } = {},
): AsyncGenerator<Message> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (!reader) return
  const parse = createParser()
  const cancel = (): void => void reader.cancel().catch(() => {})
  signal.addEventListener('abort', cancel)
  try {
    for (;;) {
      let timer: ReturnType<typeof setTimeout> | undefined
      const silence = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error('the stream fell silent')), silenceMs)
      })
      const { done, value } = await Promise.race([reader.read(), silence]).finally(() => clearTimeout(timer))
      if (done) return
      onHeard?.()
      yield* parse(value)
    }
  } finally {
    signal.removeEventListener('abort', cancel)
    cancel()
  }
}
