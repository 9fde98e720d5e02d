import { expect, test } from 'vitest'
import type { ServerEvent } from './lines.ts'
import { ServerUnreachable, type OpencodeServer } from './server.ts'
import { work } from './work.ts'

const session = 'ses_1'
const info = { id: 'msg_2', role: 'assistant', sessionID: session, time: { created: 1, completed: 2 }, finish: 'stop' }
const part = {
  id: 'prt_1',
  messageID: 'msg_2',
  sessionID: session,
  type: 'text',
  text: 'It is repaired.',
  time: { start: 1, end: 2 },
}
const messages = [
  { info: { id: 'msg_1', role: 'user', sessionID: session }, parts: [] },
  { info, parts: [part] },
] // prettier-ignore

/** A server whose session has done its work as soon as it has its prompt, and whose stream says `events`. */
const serverSaying = (events: readonly ServerEvent[]): OpencodeServer => ({
  url: 'http://server',
  call: async (method, path) => {
    if (path === '/session' || path === `/session/${session}`) return { status: 200, body: { id: session, title: 'a' } }
    if (path === `/session/${session}/message`) return { status: 200, body: messages }
    return { status: 200, body: method === 'GET' ? {} : undefined }
  },
  events: () =>
    Promise.resolve(
      (async function* () {
        yield* events
      })(),
    ),
})

const of = (type: string, properties: Readonly<Record<string, unknown>>): ServerEvent => ({
  type,
  properties: { sessionID: session, ...properties },
})
const heard = [of('message.updated', { info }), of('message.part.updated', { part })]
const idle = of('session.idle', {})
const heartbeat: ServerEvent = { type: 'server.heartbeat', properties: {} }

const job = {
  title: 'a',
  prompt: 'Repair it.',
  metadata: {},
  startTimeoutSeconds: 1,
  lostAfterSeconds: 1,
  permissionWaitSeconds: 0,
}

test.each([
  { name: 'and heard', events: [...heard, idle] },
  { name: 'behind the heartbeat at which the session is found idle', events: [heartbeat, ...heard, idle] },
  { name: 'on a stream that lost it', events: [idle] },
  { name: 'on a stream that broke', events: [] },
])('what the agent says is printed once, where it is said $name', async ({ events }) => {
  const lines: string[] = []
  const summary = await work(serverSaying(events), job, (line) => lines.push(line), new AbortController().signal)
  expect(summary.error).toBeUndefined()
  expect(lines).toEqual(['session ses_1 on http://server', 'It is repaired.'])
})

test('a server that never answers is told with what may stand between', async () => {
  const silent: OpencodeServer = {
    ...serverSaying([]),
    call: () => Promise.reject(new ServerUnreachable('http://server cannot be reached: no answer within 2 s')),
  }
  const summary = await work(
    silent,
    { ...job, startTimeoutSeconds: 0, unreachedHint: 'Is there a wall?' },
    () => undefined,
    new AbortController().signal,
  )
  expect(summary).toEqual({
    error:
      'The OpenCode server did not answer for 0 s: http://server cannot be reached: no answer within 2 s. Is there a wall?',
  })
})
