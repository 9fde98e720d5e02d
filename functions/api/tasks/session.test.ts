import { describe, expect, test } from 'vitest'
import { agent } from '../../../test/builders/agent.ts'
import { api } from '../../../test/builders/api.ts'
import { fromTemplate, task, withPhase, withStatus } from '../../../test/builders/task.ts'
import type { Answers } from '../../../test/builders/upstream.ts'
import { json, refused } from '../../../test/builders/upstream.ts'

const here = '/api/v1/namespaces/default/tasks/job/session'
const group = '/apis/kubeopencode.io/v1alpha1/namespaces/default'
const proxy = '/api/v1/namespaces/default/services/coder:4096/proxy'
const title = 'kubeopencode/default/job/task-uid'

const server: Answers = {
  [`GET ${group}/tasks/job`]: () => json(task(withPhase('Running'))),
  [`GET ${group}/agents/coder`]: () => json(agent()),
  [`GET ${proxy}/session`]: () =>
    json([
      { id: 'ses_other', title: `${title}-2` },
      { id: 'ses_1', title },
    ]),
  [`GET ${proxy}/session/ses_1`]: () => json({ id: 'ses_1', title }),
  [`GET ${proxy}/session/status`]: () => json({ ses_1: { type: 'retry', attempt: 3 } }),
  [`GET ${proxy}/session/ses_1/todo`]: () => json([]),
  [`GET ${proxy}/session/ses_1/message`]: () => json([{ info: { role: 'user' } }]),
}

describe('the session of a Task', () => {
  test('is found by its title while the Task runs', async () => {
    const { call } = await api(server)
    expect(await (await call('GET', here)).json()).toEqual({ id: 'ses_1', title, state: 'retry', todo: [] })
    expect(await (await call('GET', `${here}/messages`)).json()).toEqual([{ info: { role: 'user' } }])
  })

  test('a URL in the status leads nowhere (row 53)', async () => {
    const forged = withStatus({
      phase: 'Completed',
      session: { id: 'ses_1', url: 'http://evil.example' },
      agentRef: { name: 'evil' },
    })
    const { call, asked } = await api({ ...server, [`GET ${group}/tasks/job`]: () => json(task(forged)) })
    expect((await call('GET', `${here}/messages`)).status).toBe(200)
    expect(asked.filter(({ path }) => path.includes('evil'))).toEqual([])
  })

  test('an id that would climb stays one segment', async () => {
    const forged = withStatus({ phase: 'Completed', session: { id: '../../pty' } })
    const { call, asked } = await api({ ...server, [`GET ${group}/tasks/job`]: () => json(task(forged)) })
    await call('GET', `${here}/messages`)
    expect(asked.at(-1)?.path).toBe(`${proxy}/session/..%2F..%2Fpty/message`)
  })

  test.each([
    {
      name: 'a Task that has none yet',
      answers: { [`GET ${proxy}/session`]: () => json([]) },
      code: 404,
      message: /has no session yet/,
    },
    {
      name: 'a Task from a template',
      answers: { [`GET ${group}/tasks/job`]: () => json(task(fromTemplate)) },
      code: 404,
      message: /ran from a template/,
    },
    {
      name: 'an Agent that is gone',
      answers: { [`GET ${group}/agents/coder`]: () => refused(404, 'NotFound', 'agents "coder" not found') },
      code: 404,
      message: /agents "coder" not found/,
    },
    {
      name: 'a server that is away',
      answers: { [`GET ${proxy}/session`]: () => refused(503, 'ServiceUnavailable', 'no endpoints') },
      code: 503,
      message: /may be suspended or starting/,
    },
    {
      name: 'a web page',
      answers: { [`GET ${proxy}/session`]: () => new Response('<html>', { headers: { 'content-type': 'text/html' } }) },
      code: 503,
      message: /is not JSON/,
    },
    {
      name: 'a session that the server has lost',
      answers: { [`GET ${proxy}/session/ses_1/message`]: () => json({ name: 'NotFoundError' }, 404) },
      code: 404,
      message: /the server of Agent default\/coder answered 404/,
    },
    {
      name: 'messages that are none',
      answers: { [`GET ${proxy}/session/ses_1/message`]: () => json({}) },
      code: 503,
      message: /no list of messages/,
    },
  ] as { name: string; answers: Answers; code: number; message: RegExp }[])(
    '$name: $code',
    async ({ answers, code, message }) => {
      const { call } = await api({ ...server, ...answers })
      const response = await call('GET', `${here}/messages`)
      expect(response.status).toBe(code)
      expect(((await response.json()) as { message: string }).message).toMatch(message)
    },
  )
})
