/** Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), as far as OpenCode uses them. */
import { parseJson, record, text } from './json.ts'
import type { ServerEvent } from './lines.ts'

/** Cuts a stream of bytes into events; what is no JSON with a type is skipped. */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder()
  let rest = ''
  let data: string[] = []
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true })
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    for (const raw of lines) {
      const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
      if (line.startsWith('data:')) data.push(line.slice(line.startsWith('data: ') ? 6 : 5))
      if (line !== '' || data.length === 0) continue
      const event = record(parseJson(data.join('\n')))
      data = []
      const type = text(event['type'])
      if (type !== undefined) yield { type, properties: record(event['properties']) }
    }
  }
}
