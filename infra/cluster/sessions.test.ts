import { describe, expect, test } from 'vitest'
import { TaskSession } from '../../crds/task.ts'
import { RetryableError, TerminalError } from '../../shared/errors.ts'
import type { SessionServer } from '../../shared/ports.ts'
import type { Send } from './rest.ts'
import { testPasswords } from '../../test/builders/passwords.ts'
import { createSessions } from './sessions.ts'

const server = { namespace: 'demo', service: 'developer', port: 4096 }
const title = 'kubeopencode/demo/fix/12345678'
const session = { id: 'ses_1', title, cost: 0.25, tokens: { input: 3, output: 4, cache: { read: 5, write: 6 } } }
const answered = { info: { role: 'assistant' } }

/** A server that gives these answers to the list of sessions, to their messages, and to everything else. */
const sessionsOf = (list: unknown, messages: unknown = [answered], rest: unknown = true) => {
  const asked: string[] = []
  const send: Send = async (method, path, { timeoutMs } = {}) => {
    // Runtimes refuse a timer of half a millisecond.
    AbortSignal.timeout(timeoutMs ?? 0)
    const inside = path.slice(path.indexOf('/proxy') + '/proxy'.length)
    asked.push(`${method} ${inside.split('?')[0]}`)
    const body = inside.startsWith('/session?') ? list : inside.endsWith('/message') ? messages : rest
    return Response.json(body)
  }
  return { sessions: createSessions(send, testPasswords), asked }
}

const summary = (changed: object = {}) => ({
  messageCount: 1,
  tokenUsage: { input: 3, output: 4, reasoning: 0, cache: 11 },
  cost: '0.25',
  filesChanged: 0,
  additions: 0,
  deletions: 0,
  ...changed,
})

describe('find', () => {
  const cases = [
    { name: 'reads the session of that title', list: [session], want: summary() },
    {
      name: 'takes the newest of two',
      list: [
        { ...session, id: 'ses_0', time: { created: 1 } },
        { ...session, time: { created: 2 } },
      ],
      want: summary(),
    },
    { name: 'leaves out what is no session', list: [null, 7, { title }, session], want: summary() },
    { name: 'counts nothing for a number that is none', list: [{ ...session, tokens: { input: 'x', output: -1 } }], want: summary({ tokenUsage: { input: 0, output: 0, reasoning: 0, cache: 0 } }) },
    { name: 'counts nothing for a number that no status may hold', list: [{ ...session, summary: { files: 1e12 }, cost: -1 }], want: summary({ cost: '0' }) },
    { name: 'leaves out what is no message', list: [session], messages: [null, 'x', answered], want: summary() },
  ] // prettier-ignore
  test.each(cases)('$name', async ({ list, messages, want }) => {
    const found = await sessionsOf(list, messages).sessions.find(server, title)
    expect(found).toEqual({ session: { id: 'ses_1', title, summary: want } })
    expect(TaskSession.safeParse((found as { session: unknown }).session).success).toBe(true)
  })

  test('says that there is none', async () => {
    const { sessions } = sessionsOf([{ ...session, title: `${title}0` }])
    expect(await sessions.find(server, title)).toBeUndefined()
  })

  test.each([
    { name: 'an object for the list', list: {} },
    { name: 'null for the list', list: null },
    { name: 'a text for the messages', list: [session], messages: 'none' },
  ])('$name is no answer', async ({ list, messages }) => {
    expect(await sessionsOf(list, messages).sessions.find(server, title)).toBe('unreachable')
  })

  test.each([
    { name: 'by its message', error: { name: 'APIError', data: { message: 'no credit' } }, want: 'no credit' },
    { name: 'by its name', error: { name: 'MessageAbortedError', data: 7 }, want: 'MessageAbortedError' },
    { name: 'as a failed call', error: {}, want: 'the model call failed' },
    { name: 'cut where it is long', error: { data: { message: 'x'.repeat(9000) } }, want: `${'x'.repeat(4095)}…` },
  ])('an error of the last answer is told $name', async ({ error, want }) => {
    const { sessions } = sessionsOf([session], [answered, { info: { role: 'assistant', error } }])
    expect(await sessions.find(server, title)).toMatchObject({ error: want })
  })
})

describe('the password', () => {
  const sent = async (to: SessionServer) => {
    const requests: { readonly path: string; readonly headers: object | undefined }[] = []
    const send: Send = async (_method, path, options) => {
      requests.push({ path, headers: options?.headers })
      return Response.json([])
    }
    await createSessions(send, testPasswords).find(to, title)
    return requests
  }

  test('goes to a guard in its header, and into no address', async () => {
    const [request] = await sent({ ...server, port: 'guard', agentUid: 'u1' })
    const { password } = await testPasswords.of({ namespace: 'demo', name: 'developer', uid: 'u1' })
    expect(request?.headers).toEqual({ 'x-kubeopencode-password': password })
    expect(request?.path).toMatch(/^\/api\/v1\/namespaces\/demo\/services\/developer:guard\/proxy\/session\?/)
    expect(request?.path).not.toContain(password)
  })

  test('goes nowhere where a server has none', async () =>
    expect((await sent(server)).map(({ headers }) => headers)).toEqual([{}]))

  test('without a key nobody is asked', async () => {
    const keyless = { of: () => Promise.reject(new TerminalError('NotFound', 'there is no key')) }
    const send: Send = () => Promise.reject(new TypeError('asked'))
    expect(await createSessions(send, keyless).find({ ...server, agentUid: 'u1' }, title)).toBe('unreachable')
  })
})

describe('abort', () => {
  test('ends every session of that title', async () => {
    const { sessions, asked } = sessionsOf([session, { ...session, id: 'a/b' }])
    expect(await sessions.abort(server, title)).toBe(true)
    expect(asked).toEqual(['GET /session', 'POST /session/ses_1/abort', 'POST /session/a%2Fb/abort'])
  })

  test('has not been heard by a server that answers nonsense', async () => {
    expect(await sessionsOf('welcome').sessions.abort(server, title)).toBe(false)
  })

  test('is not taken for unheard where the fault is ours', async () => {
    const broken: Send = () => Promise.reject(new RangeError('The value of "delay" is out of range.'))
    await expect(createSessions(broken, testPasswords).abort(server, title)).rejects.toThrow(RangeError)
    const silent: Send = () => Promise.reject(new RetryableError('no endpoints available'))
    expect(await createSessions(silent, testPasswords).abort(server, title)).toBe(false)
  })
})
