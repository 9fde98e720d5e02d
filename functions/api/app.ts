import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { routePath } from 'hono/route'
import type { Clock, Log } from '../../shared/ports.ts'
import { createServerClock } from '../../shared/server-clock.ts'
import { answerHeaders, browserChecks } from './access/browser.ts'
import type { Terminal } from './agents/terminal.ts'
import type { Access } from './access/callers.ts'
import { callerOf } from './access/callers.ts'
import { callbackPath, oidcPath } from './access/oidc-routes.ts'
import { hasSession } from './access/session.ts'
import type { Rate } from './access/rate.ts'
import { createRate } from './access/rate.ts'
import type { ApiserverOf } from './apiserver.ts'
import { bodyOf, brokenOff, Problem, problemFrom, unauthorized } from './problem.ts'
import type { Dashboard } from './dashboard.ts'
import { serveDashboard } from './dashboard.ts'
import type { ApiContext, Method, Route, Variables } from './route.ts'
import { routesOf } from './routes.ts'

export interface ApiDeps {
  readonly apiserverOf: ApiserverOf
  readonly access: Access
  readonly clock: Clock
  readonly log: Log
  /** Where the server is mounted, such as `/kubeopencode`; empty for the root. */
  readonly basePath?: string
  /** Names under which it may be called; any without the list. */
  readonly hosts?: readonly string[]
  readonly rate?: Rate
  /** Where the runtime has WebSockets. */
  readonly terminal?: Terminal
  /** Served to browsers beside the API, where it was built. */
  readonly dashboard?: Dashboard | undefined
  /** Told of each answer: the route as it is written in the table, never the path with its names. */
  readonly onAnswer?: (answer: { method: string; route: string; code: number; seconds: number }) => void
}

/** An object has at most 3 MiB in a request to the apiserver. */
const largestBody = 3 * 1024 * 1024

const honoPath = (path: string): string => path.replace(/\/\{path\}$/, '/*').replaceAll(/\{(\w+)\}/g, ':$1')

export const methodsOf = ({ method }: Route): Method[] => (typeof method === 'string' ? [method] : [...method])

const answered = (c: ApiContext, problem: Problem): Response => {
  if (problem.code === 401) c.header('www-authenticate', 'Bearer')
  if (problem.retryAfterSeconds !== undefined) c.header('retry-after', String(problem.retryAfterSeconds))
  return c.json(bodyOf(problem), problem.code as 400)
}

/** Whether the client is still sending what nobody will read: the connection can carry no other request after that. */
const isUnread = ({ req, res }: ApiContext): boolean =>
  res.status === 413 ||
  (res.status >= 400 && !['GET', 'HEAD'].includes(req.method) && req.raw.body !== null && !req.raw.bodyUsed)

/** Where a bug is, and not what it says: the text of an error may hold a header, and a token in it. */
const placeOf = (error: Error): { error: string; at: string } => ({
  error: error.name,
  at: /^\s*at (.*)$/m.exec(error.stack ?? '')?.[1] ?? '',
})

/** What changes something is worth a line, what is only read is not, and our own faults are. */
const levelOf = ({ method, code }: { method: string; code: number }): 'debug' | 'info' | 'warn' => {
  if (code >= 500) return 'warn'
  return method === 'GET' || method === 'HEAD' ? 'debug' : 'info'
}

/** The API as one app: any runtime serves it, and whoever asks is the one who acts. */
export const createApi = (deps: ApiDeps): Hono<{ Variables: Variables }> => {
  const { access, apiserverOf, basePath = '', clock, log, hosts } = deps
  const rate = deps.rate ?? createRate(() => clock.now().getTime())
  const app = new Hono<{ Variables: Variables }>().basePath(basePath)

  app.use(async (c, next) => {
    const started = performance.now()
    await next()
    for (const [name, value] of Object.entries(answerHeaders))
      if (!c.res.headers.has(name)) c.res.headers.set(name, value)
    if (isUnread(c)) c.res.headers.set('connection', 'close')
    const told = { method: c.req.method, route: routePath(c, -1), code: c.res.status }
    const seconds = (performance.now() - started) / 1000
    // Neither the path, which names objects, nor the query, in which somebody may have put a secret by mistake.
    log[levelOf(told)]('answered', { ...told, ms: Math.round(seconds * 1000) })
    deps.onAnswer?.({ ...told, seconds })
  })
  // Before everything that asks who somebody is: a page says nothing that is not in every copy of this program.
  serveDashboard(app, deps.dashboard, { basePath, hosts })
  app.use(browserChecks(hosts, [`${basePath}${oidcPath}`, `${basePath}${callbackPath}`]))
  const limited = bodyLimit({
    maxSize: largestBody,
    onError: () => {
      throw new Problem(413, 'TooLarge', `a body has at most ${largestBody / 1024 / 1024} MiB`)
    },
  })
  app.use(async (c, next) => {
    let isRead = false
    try {
      return await limited(c, () => {
        isRead = true
        return next()
      })
    } catch (error) {
      throw isRead || error instanceof Problem ? error : brokenOff(error)
    }
  })
  app.use(async (c, next) => {
    const caller = await callerOf(c, access, clock.now())
    const letIn = await rate.admit(caller)
    const end = await rate.begin(caller)
    c.set('caller', caller)
    c.set('hold', async () => (caller ? rate.hold(caller) : () => {}))
    const serverClock = createServerClock(() => clock.now())
    c.set('now', serverClock.now)
    c.set('apiserver', async (ask) => {
      const response = await apiserverOf(caller)(ask)
      serverClock.hear(response.headers.get('date'))
      if (response.status !== 401) letIn()
      return response
    })
    await next().finally(end)
  })
  for (const route of routesOf({ access, apiserverOf, basePath, clock, terminal: deps.terminal }))
    app.on(methodsOf(route), honoPath(route.path), async (c) => {
      if (c.var.caller === undefined && !route.isOpen)
        throw unauthorized(
          access.mode === 'token'
            ? hasSession(c)
              ? 'your session has ended; log in again'
              : 'who are you? Send Authorization: Bearer TOKEN, or log in'
            : 'log in with the code that the terminal shows',
        )
      const response = await route.handle(c)
      // HEAD is a GET of which nobody reads the body; a stream would go on for nobody.
      if (c.req.method === 'HEAD') await response.body?.cancel()
      return response
    })
  app.notFound((c) =>
    answered(c, new Problem(404, 'NotFound', 'the API has no such path; GET /api/v1/openapi.json has them all')),
  )
  app.onError((error, c) => {
    const problem = problemFrom(error)
    if (problem) return answered(c, problem)
    log.error('a request failed', { method: c.req.method, route: routePath(c, -1), ...placeOf(error) })
    return answered(c, new Problem(500, 'InternalError', 'this is a fault of the server; its log says more'))
  })
  return app
}
