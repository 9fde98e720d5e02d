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

describe('what an agent asks', () => {
  const permission = { id: 'per_1', sessionID: 'ses_1', permission: 'bash', patterns: ['git push', 'npm publish'] }
  const question = {
    id: 'que_1',
    sessionID: 'ses_1',
    questions: [{ question: 'Which branch?', header: 'Branch', options: [{ label: 'main' }, { label: 'next' }] }],
  }
  const asked = { kind: 'Permission', id: 'per_1', text: 'bash: git push, npm publish' }
  /** A server that answers these paths, and everything else with its web page. */
  const serverOf = (answers: Readonly<Record<string, unknown>>, sent: unknown[] = []) => {
    const send: Send = async (method, path, { body } = {}) => {
      const inside = path.slice(path.indexOf('/proxy') + '/proxy'.length).split('?')[0] ?? ''
      if (body) sent.push([method, inside, body])
      const found = answers[inside]
      if (found instanceof Response) return found
      return found === undefined
        ? new Response('<html>', { headers: { 'content-type': 'text/html' } })
        : Response.json(found)
    }
    return createSessions(send, testPasswords)
  }
  const own = { '/session': [session], '/permission': [], '/question': [] }

  const cases = [
    { name: 'a permission', answers: { ...own, '/permission': [permission] }, want: [asked] },
    {
      name: 'a question with its choices',
      answers: { ...own, '/question': [question] },
      want: [{ kind: 'Question', id: 'que_1', text: 'Which branch? (main / next)' }],
    },
    { name: 'nothing', answers: own, want: [] },
    {
      name: 'for a subagent of a subagent',
      answers: { ...own, '/permission': [{ ...permission, sessionID: 'ses_3' }], '/session/ses_3': { parentID: 'ses_2' }, '/session/ses_2': { parentID: 'ses_1' } },
      want: [asked],
    },
    {
      name: 'for another Task, which is none of ours',
      answers: { ...own, '/permission': [{ ...permission, sessionID: 'ses_9' }], '/session/ses_9': { id: 'ses_9' } },
      want: [],
    },
    {
      name: 'for a session that is its own ancestor',
      answers: { ...own, '/permission': [{ ...permission, sessionID: 'ses_9' }], '/session/ses_9': { parentID: 'ses_9' } },
      want: [],
    },
    { name: 'with an id that is a path, which is left out', answers: { ...own, '/permission': [{ ...permission, id: '../session' }, null, 7] }, want: [] },
    {
      name: 'a permission with what it would let through for good',
      answers: { ...own, '/permission': [{ ...permission, always: ['git *', `npm\u202e${'x'.repeat(300)}`] }] },
      want: [{ ...asked, always: ['bash: git *', expect.stringMatching(/^bash: npm x{190}… \(110 more characters/)] }],
    },
    {
      name: 'a permission that would let through more than is shown',
      answers: { ...own, '/permission': [{ ...permission, always: Array.from({ length: 25 }, () => 'git *') }] },
      want: [{ ...asked, always: [...Array.from({ length: 20 }, () => 'bash: git *'), '… and 5 more'] }],
    },
    { name: 'a permission with a wrong list of what it would let through', answers: { ...own, '/permission': [{ ...permission, always: '*' }] }, want: [asked] },
    { name: 'without patterns', answers: { ...own, '/permission': [{ ...permission, patterns: 'x' }] }, want: [{ ...asked, text: 'bash' }] },
    { name: 'of a server that does not know of questions', answers: { '/permission': [] }, want: 'unreachable' },
  ] // prettier-ignore
  test.each(cases)('$name', async ({ answers, want }) => {
    expect(await serverOf(answers).asking(server, title)).toEqual(want)
  })

  const replies = [
    { of: 'Permission', reply: { verdict: 'Approved' }, want: ['/permission/x_1/reply', { reply: 'once' }] },
    { of: 'Permission', reply: { verdict: 'ApprovedAlways' }, want: ['/permission/x_1/reply', { reply: 'always' }] },
    { of: 'Permission', reply: { verdict: 'Denied', text: 'no' }, want: ['/permission/x_1/reply', { reply: 'reject', message: 'no' }] },
    { of: 'Question', reply: { verdict: 'Replied', text: 'main\nyes' }, want: ['/question/x_1/reply', { answers: [['main'], ['yes']] }] },
    { of: 'Question', reply: { verdict: 'Denied' }, want: ['/question/x_1/reject', {}] },
  ] as const // prettier-ignore
  test.each(replies)('$of: $reply.verdict', async ({ of, reply, want }) => {
    const sent: unknown[] = []
    const answers = { [want[0]]: true }
    expect(await serverOf(answers, sent).tell(server, { kind: of, id: 'x_1' }, reply)).toBe('told')
    expect(sent).toEqual([['POST', ...want]])
  })

  test('is not asked any more, or the server is away', async () => {
    const one = { kind: 'Permission', id: 'per_1' } as const
    const gone = serverOf({ '/permission/per_1/reply': Response.json({}, { status: 404 }) })
    expect(await gone.tell(server, one, { verdict: 'Approved' })).toBe('late')
    const broken = serverOf({ '/permission/per_1/reply': Response.json({}, { status: 502 }) })
    expect(await broken.tell(server, one, { verdict: 'Approved' })).toBe('unreachable')
    expect(await serverOf({}).tell(server, one, { verdict: 'Approved' })).toBe('unreachable')
  })
})
