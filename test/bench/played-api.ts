import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { serveDashboard } from '../../functions/api/dashboard.ts'
import type { Variables } from '../../functions/api/route.ts'
import { readDashboard } from '../../infra/node/server/dashboard.ts'
import { task } from '../builders/task.ts'

const phases = ['Running', 'Queued', 'Completed', 'Failed'] as const
const stamp = (index: number): string => new Date(Date.UTC(2026, 5, 1, 12) - index * 1000).toISOString()

/** One of many Tasks: the first is the newest, and heads every list. */
const made = (index: number, version: number, description: string): object => ({
  ...task(),
  kind: 'Task',
  metadata: {
    name: `task-${String(index).padStart(4, '0')}`,
    namespace: 'team',
    uid: `uid-${index}`,
    resourceVersion: String(version),
    creationTimestamp: stamp(index),
  },
  spec: { agentRef: { name: 'coder' }, description },
  status: {
    phase: phases[index % phases.length],
    podName: `task-${index}-pod`,
    startTime: stamp(index),
    agentRef: { name: 'coder' },
  },
})

export interface Load {
  readonly tasks: number
  readonly updatesPerSecond: number
  readonly logLines: number
}

/** How many lines a log brings with each write; a thousand are what a stream that was let loose brings. */
const linesAtOnce = 1_000
const tickMs = 50

/**
 * The API as a page sees it, without a cluster behind it: as many Tasks, changes and log lines as are asked for, at a rate
 * that an apiserver on the same two cores could not keep up beside a browser. The page itself is served by the real code.
 */
export const playedApi = ({ tasks, updatesPerSecond, logLines }: Load, folder: string) => {
  const app = new Hono<{ Variables: Variables }>()
  const told = { updates: 0, lines: 0 }
  const list = (items: readonly object[], more?: string) => ({
    items,
    metadata: { resourceVersion: '1000', ...(more && { continue: more }) },
  })
  serveDashboard(app, readDashboard([folder]), { basePath: '', hosts: undefined })
  app.get('/api/v1/login', (c) => c.json({ mode: 'token', user: { username: 'ada' } }))
  app.get('/api/v1/namespaces', (c) => c.json({ items: [{ name: 'team' }] }))
  app.get('/api/v1/namespaces/team/rights', (c) => c.json({ allowed: [], denied: [] }))
  app.get('/api/v1/namespaces/team/tasks', (c) => {
    const from = Number(c.req.query('continue') ?? 0)
    const until = Math.min(tasks, from + Number(c.req.query('limit') ?? 100))
    const items = Array.from({ length: until - from }, (_, index) => made(from + index, 1, 'Work.'))
    return c.json(list(items, until < tasks ? String(until) : undefined))
  })
  for (const plural of ['agents', 'crontasks', 'agenttemplates'])
    app.get(`/api/v1/namespaces/team/${plural}`, (c) => c.json(list([])))
  app.get('/api/v1/namespaces/team/changes', (c) =>
    streamSSE(c, async (stream) => {
      const atOnce = Math.max(1, Math.round((updatesPerSecond * tickMs) / 1000))
      for (let version = 1001; !stream.aborted;) {
        for (let one = 0; one < atOnce; one += 1, version += 1) {
          // Every tenth is of the first row, which says when it was sent.
          const index = version % 10 === 0 ? 0 : version % tasks
          const data = JSON.stringify(made(index, version, index === 0 ? `sent ${Date.now()}` : `Work ${version}.`))
          await stream.writeSSE({ event: 'MODIFIED', data })
          told.updates += 1
        }
        await stream.sleep(tickMs)
      }
    }),
  )
  app.get('/api/v1/namespaces/team/tasks/:name/events', (c) => c.json({ items: [] }))
  app.get('/api/v1/namespaces/team/tasks/:name/logs', (c) =>
    streamSSE(c, async (stream) => {
      const started = Date.UTC(2026, 5, 1, 12)
      for (let line = 0; line < logLines && !stream.aborted; line += linesAtOnce) {
        const events = Array.from({ length: linesAtOnce }, (_, index) => {
          const time = new Date(started + (line + index) * 10).toISOString()
          const data = { container: 'agent', time, line: `step ${line + index}: reads a file, runs a test, says so` }
          return `event: log\nid: agent ${time}\ndata: ${JSON.stringify(data)}\n\n`
        })
        await stream.write(events.join(''))
        told.lines += linesAtOnce
        await stream.sleep(1)
      }
      await stream.writeSSE({ event: 'complete', data: '{"phase":"Completed"}' })
    }),
  )
  app.notFound((c) => c.json({ error: 'NotFound', message: 'it is not played', code: 404 }, 404))
  return { app, told }
}
