/** The log of a container as it is written, through the apiserver. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../cluster/rest.ts'

export type LogPlace = { readonly namespace: string; readonly pod: string; readonly container: string }

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
 * Calls `show` for each line until the container has ended; `hasEnded` says whether it has. A stream that breaks before
 * that is taken up again after the last line, without repeats.
 */
export const followLog = async (
  connection: Connection,
  { namespace, pod, container }: LogPlace,
  hasEnded: () => boolean,
  show: (line: string) => void,
): Promise<void> => {
  let last = ''
  for (;;) {
    const endedBefore = hasEnded()
    const seenBefore = last
    // The apiserver cuts sinceTime to whole seconds, so the lines of that second come again and are left out below.
    const since = last && `&sinceTime=${encodeURIComponent(`${last.slice(0, 19)}Z`)}`
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log?container=${container}&follow=true&timestamps=true${since}`
    try {
      const response = await connection.fetch(`${connection.server}${path}`, { method: 'GET' })
      if (response.ok && response.body)
        for await (const line of linesOf(response.body)) {
          const space = line.indexOf(' ')
          const written = line.slice(0, space)
          if (written <= seenBefore) continue
          last = written
          show(line.slice(space + 1))
        }
      else await response.body?.cancel()
    } catch {
      // A broken stream is taken up again; a Pod that is gone ends with hasEnded.
    }
    if (endedBefore) return
    await sleep(200)
  }
}
