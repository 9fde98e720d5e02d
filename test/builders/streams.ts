/** A body that says what a test tells it to, when it tells it. */
export const spoken = () => {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>({
    start: (given) => {
      controller = given
    },
  })
  return {
    body,
    say: (...lines: string[]): void =>
      controller?.enqueue(new TextEncoder().encode(lines.map((line) => `${line}\n`).join(''))),
    end: (): void => controller?.close(),
    fail: (): void => controller?.error(new Error('cut')),
  }
}

/** Ends the body as a fetch does when its signal says so. */
export const heeding = (voice: ReturnType<typeof spoken>, signal: AbortSignal | undefined): Response => {
  signal?.addEventListener('abort', () => voice.fail())
  return new Response(voice.body, { headers: { 'content-type': 'application/json' } })
}
