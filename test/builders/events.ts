/** One server-sent event as a client reads it. */
export interface SeenEvent {
  readonly event: string
  readonly id: string | undefined
  readonly data: Record<string, unknown>
}

/** Reads a stream of server-sent events, one after the other. */
export const eventsIn = (response: Response) => {
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader()
  const decoder = new TextDecoder()
  let text = ''
  const next = async (): Promise<SeenEvent | undefined> => {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end >= 0) {
        const block = text.slice(0, end)
        text = text.slice(end + 2)
        const fields = Object.fromEntries(
          block.split('\n').map((line) => [line.split(': ', 1)[0], line.slice(line.indexOf(': ') + 2)]),
        )
        if (fields['event'] === undefined) continue
        return {
          event: fields['event'],
          id: fields['id'],
          data: JSON.parse(fields['data'] ?? 'null') as SeenEvent['data'],
        }
      }
      const { done, value } = await reader.read()
      if (done) return undefined
      text += decoder.decode(value, { stream: true })
    }
  }
  return {
    next,
    /** The first that is so, and nothing of what came before it. */
    until: async (isWanted: (event: SeenEvent) => boolean): Promise<SeenEvent> => {
      for (;;) {
        const event = await next()
        if (!event) throw new Error('the stream ended before it came to that')
        if (isWanted(event)) return event
      }
    },
    rest: async (): Promise<SeenEvent[]> => {
      const all: SeenEvent[] = []
      for (let event = await next(); event; event = await next()) all.push(event)
      return all
    },
    close: () => reader.cancel(),
  }
}
