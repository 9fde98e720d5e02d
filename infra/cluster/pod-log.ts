/** The log of a container as it is written, through the apiserver. */
import type { Connection } from './rest.ts'

export type LogPlace = { readonly namespace: string; readonly pod: string; readonly container: string }

export interface LogOptions {
  /** Only so many of the last lines that were there before. */
  readonly tailLines?: number
  readonly signal?: AbortSignal
  /** What an answer that is no log means; an error ends the following, undefined tries again. */
  readonly onRefusal?: (code: number, answer: string) => Error | undefined
}

/** Between two looks at a container whose log has ended and whose end is not known yet. */
const againMs = 200

const sleep = (milliseconds: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds)
    function done(): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    signal?.addEventListener('abort', done)
  })

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest) yield rest
}

/**
 * Calls `show` for each line, with its time, until the container has ended; `hasEnded` says whether it has. A stream
 * that breaks before that is taken up again after the last line, without repeats.
 */
export const followLog = async (
  connection: Connection,
  { namespace, pod, container }: LogPlace,
  hasEnded: () => boolean,
  show: (line: string, time: string) => void,
  { tailLines, signal, onRefusal }: LogOptions = {},
): Promise<void> => {
  let last = ''
  for (;;) {
    if (signal?.aborted) return
    const endedBefore = hasEnded()
    const seenBefore = last
    const query = new URLSearchParams({ container, follow: 'true', timestamps: 'true' })
    // The apiserver cuts sinceTime to whole seconds, so the lines of that second come again and are left out below.
    if (last) query.set('sinceTime', `${last.slice(0, 19)}Z`)
    else if (tailLines !== undefined) query.set('tailLines', String(tailLines))
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log?${query}`
    let refusal: Error | undefined
    try {
      const response = await connection.fetch(`${connection.server}${path}`, {
        method: 'GET',
        ...(signal && { signal }),
      })
      if (response.ok && response.body)
        for await (const line of linesOf(response.body)) {
          const space = line.indexOf(' ')
          const written = line.slice(0, space)
          if (written <= seenBefore) continue
          last = written
          show(line.slice(space + 1), written)
        }
      else refusal = onRefusal?.(response.status, await response.text())
    } catch {
      // A broken stream is taken up again; a Pod that is gone ends with hasEnded.
    }
    if (refusal) throw refusal
    if (endedBefore) return
    await sleep(againMs, signal)
  }
}
