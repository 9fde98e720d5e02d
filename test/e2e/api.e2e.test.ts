import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { SeenEvent } from '../builders/events.ts'
import { eventsIn } from '../builders/events.ts'
import type { Task } from '../../crds/task.ts'
import { conditionOf } from '../../shared/conditions.ts'
import { addressOfServer, agent, hasEnded, isNextInQueue, mockConfig, openWorld, template } from './world.ts'

const world = await openWorld('e2e-api')
const sockets: WebSocket[] = []
let server: string
let user: string
let admin: string

const person = async (name: string, role: string): Promise<string> => {
  await world.kubectl('create', 'serviceaccount', name)
  const { namespace } = world
  await world.kubectl('create', 'rolebinding', name, `--clusterrole=${role}`, `--serviceaccount=${namespace}:${name}`)
  return (await world.kubectl('create', 'token', name)).trim()
}

const call = async (token: string, method: string, path: string, body?: object) => {
  const response = await fetch(`http://${server}/api/v1/namespaces/${world.namespace}/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

const events = async (token: string, path: string) => {
  const response = await fetch(`http://${server}/api/v1/namespaces/${world.namespace}/${path}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`)
  return eventsIn(response)
}

beforeAll(async () => {
  await world.apply({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: world.namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  })
  user = await person('user', 'kubeopencode-user')
  admin = await person('admin', 'kubeopencode-agent-admin')
  server = await addressOfServer()
})
afterAll(() => {
  for (const socket of sockets) socket.terminate()
})

/** What a screen would show of it, in the order in which it was drawn. */
const drawn = (text: string): string =>
  text.replaceAll(/\u001b(?:\[[0-9;?<>=$ ]*[A-Za-z]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[PX^_].*?\u001b\\|.)/gs, '')

const isLog = ({ event }: SeenEvent): boolean => event === 'log'

describe('with tokens alone, over the API in the cluster', () => {
  test('an admin makes an Agent', async () => {
    expect((await call(user, 'POST', 'agents', agent('coder'))).status).toBe(403)
    expect((await call(admin, 'POST', 'agents', agent('coder'))).status).toBe(201)
    await world.until('Agent', 'coder', (found) => found?.status?.ready === true)
  })

  test('a user gives it a Task and follows it from its first line to its end', async () => {
    const spec = { agentRef: { name: 'coder' }, description: '[[bash:echo from-the-shell]]' }
    expect((await call(user, 'POST', 'tasks', { metadata: { name: 'first' }, spec })).status).toBe(201)
    const seen = await (await events(user, 'tasks/first/logs?follow=1')).rest()
    expect(seen.at(-1)).toMatchObject({ event: 'complete', data: { phase: 'Completed' } })
    const lines = seen.filter(isLog)
    expect(lines.map(({ data }) => data['line']).join('\n')).toContain('from-the-shell')

    const middle = lines[Math.floor(lines.length / 2)]
    const response = await fetch(`http://${server}/api/v1/namespaces/${world.namespace}/tasks/first/logs`, {
      headers: { authorization: `Bearer ${user}`, 'last-event-id': middle?.id ?? '' },
    })
    const rest = (await eventsIn(response).rest()).filter(isLog)
    expect(rest).toEqual(lines.slice(lines.indexOf(middle!) + 1))
  })

  test('an agent that asks is approved, denied and answered by a plain user', async () => {
    const careful = { config: { ...mockConfig, permission: { bash: 'ask', question: 'allow' } } }
    expect((await call(admin, 'POST', 'agenttemplates', template('careful', careful))).status).toBe(201)
    const own = agent('careful')
    const made = await call(admin, 'POST', 'agents', {
      ...own,
      spec: { templateRef: { name: 'careful' }, maxConcurrentTasks: 3 },
    })
    expect(made.status).toBe(201)
    await world.until('Agent', 'careful', (found) => found?.status?.ready === true)
    const work = { yes: '[[bash:echo i-may]]', no: '[[bash:rm -r .]]', which: '[[question:Which branch?]]' }
    for (const [name, description] of Object.entries(work)) {
      const spec = { agentRef: { name: 'careful' }, description }
      expect((await call(user, 'POST', 'tasks', { metadata: { name }, spec })).status).toBe(201)
    }
    const asked = async (name: string) => {
      const { status } = await world.until('Task', name, (found) => found?.status?.question !== undefined)
      return status?.question?.id ?? ''
    }
    const id = await asked('yes')
    expect((await call(user, 'POST', 'tasks/yes/approve', { id: 'per_other' })).status).toBe(409)
    expect((await call(user, 'POST', 'tasks/yes/reply', { id, text: 'x' })).status).toBe(400)
    expect((await call(user, 'POST', 'tasks/yes/approve', { id })).status).toBe(200)
    expect((await call(user, 'POST', 'tasks/no/deny', { id: await asked('no'), reason: 'never' })).status).toBe(200)
    expect((await call(user, 'POST', 'tasks/which/reply', { id: await asked('which'), text: 'main' })).status).toBe(200)

    const phaseOf = async (name: string) => (await world.until('Task', name, hasEnded)).status
    expect(await phaseOf('yes')).toMatchObject({ phase: 'Completed' })
    expect(await phaseOf('no')).toMatchObject({ phase: 'Failed' })
    expect(await phaseOf('which')).toMatchObject({ phase: 'Completed' })
    await world.until('Task', 'which', (found) => found?.status?.answers?.length === 1)
    const { body } = await call(user, 'GET', 'tasks/which')
    const by = `system:serviceaccount:${world.namespace}:user`
    expect(body['status']).toMatchObject({ answers: [{ verdict: 'Replied', reply: 'main', by }] })
  })

  test('why a second Task waits is in its status, and it goes when there is room', async () => {
    await world.kubectl('patch', 'agent', 'careful', '--type=merge', '--patch={"spec":{"maxConcurrentTasks":1}}')
    const make = (name: string, description: string) =>
      call(user, 'POST', 'tasks', { metadata: { name }, spec: { agentRef: { name: 'careful' }, description } })
    await make('long', '[[slow:600]]')
    await world.until('Task', 'long', (found) => found?.status?.phase === 'Running')
    await make('waiting', 'hello')
    await world.until('Task', 'waiting', isNextInQueue)
    const { status } = (await call(user, 'GET', 'tasks/waiting')).body as unknown as Task
    expect(status?.queue?.position).toBe(1)
    expect(conditionOf(status?.conditions, 'Queued')).toMatchObject({ status: 'True', reason: 'AgentAtCapacity' })
    await call(user, 'POST', 'tasks/long/stop')
    expect((await world.until('Task', 'waiting', hasEnded)).status?.phase).toBe('Completed')
  })

  test('what is wrong with an object is told field by field, and nothing is stored', async () => {
    const broken = { metadata: { name: 'broken' }, spec: { schedule: 'often', taskTemplate: { spec: {} } } }
    const { status, body } = await call(user, 'POST', 'crontasks?dryRun=All', broken)
    expect(status).toBe(422)
    expect(JSON.stringify(body['causes'])).toContain('spec.')
    expect((await call(user, 'GET', 'crontasks/broken')).status).toBe(404)
  })

  test('the transcript outlives the Pod, for whoever may act as the Agent', async () => {
    await world.kubectl('delete', 'pod', 'first-pod', '--wait')
    const end = (await (await events(user, 'tasks/first/logs?follow=1')).rest()).at(-1)
    expect(end?.data['note']).toContain('/tasks/first/session/messages')
    expect((await call(user, 'GET', 'tasks/first/session/messages')).status).toBe(403)
    const { status, body } = await call(admin, 'GET', 'tasks/first/session/messages')
    expect(status).toBe(200)
    expect(JSON.stringify(body)).toContain('from-the-shell')
    expect((await call(admin, 'GET', 'tasks/first/session')).body).toMatchObject({ state: 'idle' })
  })

  test('an Agent at work is not suspended; stopped work lets it', async () => {
    const spec = { agentRef: { name: 'coder' }, description: '[[slow:600]]' }
    await call(user, 'POST', 'tasks', { metadata: { name: 'slow' }, spec })
    await world.until('Task', 'slow', (found) => found?.status?.phase === 'Running')
    expect((await call(admin, 'POST', 'agents/coder/suspend')).status).toBe(409)
    expect((await call(user, 'POST', 'tasks/slow/stop')).status).toBe(200)
    await world.until('Task', 'slow', (found) => found?.status?.phase === 'Completed')
    expect((await call(admin, 'POST', 'agents/coder/suspend')).status).toBe(200)
    await world.until('Agent', 'coder', (found) => found?.status?.suspended === true)
  })

  test('a terminal wakes the Agent, shows OpenCode, and takes what is typed', async () => {
    const path = `/api/v1/namespaces/${world.namespace}/agents/coder/terminal`
    const open = (token: string) => {
      const socket = new WebSocket(`ws://${server}${path}`, { headers: { authorization: `Bearer ${token}` } })
      sockets.push(socket)
      socket.on('error', () => {})
      return socket
    }
    const refused = open(user)
    expect(
      await new Promise((resolve) =>
        refused.once('unexpected-response', (_, response) => resolve(response.statusCode)),
      ),
    ).toBe(403)

    const socket = open(admin)
    let heard = ''
    socket.on('message', (data: Buffer) => (heard += data.toString()))
    await new Promise((resolve) => socket.once('open', resolve))
    socket.send(JSON.stringify({ type: 'resize', cols: 120, rows: 40 }))
    await expect.poll(() => heard, { timeout: 180_000 }).toContain('is suspended; waking it')
    // What a full-screen program begins with: the alternate screen.
    await expect.poll(() => heard.includes('\u001b[?1049h'), { timeout: 420_000, interval: 500 }).toBe(true)
    // What was typed is drawn, so that it has reached the program; a key that comes before the program listens is lost.
    const typed = 'hello-from-a-terminal'
    await expect
      .poll(
        () => {
          if (!drawn(heard).includes(typed)) socket.send(Buffer.from(typed))
          return drawn(heard).slice(-3_000)
        },
        { timeout: 180_000, interval: 3_000 },
      )
      .toContain(typed)
    const sessions = async () => JSON.stringify((await call(admin, 'GET', 'agents/coder/proxy/session')).body)
    const before = await sessions()
    await expect
      .poll(
        async () => {
          socket.send(Buffer.from('\r'))
          return (await sessions()) === before ? drawn(heard).slice(-3_000) : 'a new session'
        },
        { timeout: 180_000, interval: 3_000 },
      )
      .toBe('a new session')
    socket.close()
  })

  test('a CronTask is triggered, and the answer names its Task', async () => {
    const spec = {
      schedule: '0 0 1 1 *',
      taskTemplate: { spec: { agentRef: { name: 'coder' }, description: '[[bash:true]]' } },
    }
    await call(user, 'POST', 'crontasks', { metadata: { name: 'yearly' }, spec })
    const { status, body } = await call(user, 'POST', 'crontasks/yearly/trigger')
    expect(status).toBe(200)
    await world.until('Task', String(body['task']), (found) => found?.status?.phase === 'Completed')
  })
})
