/** Longest line that is held in memory; what is longer comes in pieces. */
const longestLine = 16 * 1024 * 1024

/** The lines of a body as they arrive, without their ends. The last one needs none. */
export async function* linesOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let parts: string[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    const pieces = decoder.decode(chunk, { stream: true }).split('\n')
    const last = pieces.pop() ?? ''
    for (const piece of pieces) {
      parts.push(piece)
      yield parts.join('')
      parts = []
      size = 0
    }
    parts.push(last)
    size += last.length
    if (size > longestLine) {
      yield parts.join('')
      parts = []
      size = 0
    }
  }
  const rest = parts.join('') + decoder.decode()
  if (rest !== '') yield rest
}
