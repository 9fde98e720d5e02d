import type { Clock } from '../../shared/ports.ts'
import type { LoginDeps } from './access/login.ts'
import { loginRoutes } from './access/login.ts'
import { proxyRoute } from './agents/proxy.ts'
import { suspendRoutes } from './agents/suspend.ts'
import { nextRoute, schedulePreviewRoute } from './crontasks/next.ts'
import { cronTaskRoutes } from './crontasks/routes.ts'
import type { Terminal } from './agents/terminal.ts'
import { terminalRoute } from './agents/terminal.ts'
import { healthRoutes } from './health.ts'
import { namespacesRoute } from './namespaces.ts'
import { changesRoutes } from './objects/changes.ts'
import { happeningRoutes } from './objects/happenings.ts'
import { objectRoutes } from './objects/routes.ts'
import { openApiRoute } from './openapi.ts'
import { rightsRoute } from './rights.ts'
import type { Route } from './route.ts'
import { answerRoutes } from './tasks/answer.ts'
import { logsRoute } from './tasks/logs.ts'
import { sessionRoutes } from './tasks/session.ts'
import { stopRoute } from './tasks/stop.ts'

export interface RouteDeps extends LoginDeps {
  readonly clock: Clock
  readonly terminal?: Terminal | undefined
}

/** Every door of the API. */
export const routesOf = (deps: RouteDeps): readonly Route[] => {
  const routes: readonly Route[] = [
    ...healthRoutes(deps.access.mode),
    openApiRoute(() => routes, deps.basePath),
    ...loginRoutes(deps),
    namespacesRoute,
    rightsRoute,
    ...objectRoutes,
    ...changesRoutes,
    ...happeningRoutes,
    stopRoute,
    ...answerRoutes,
    logsRoute,
    ...sessionRoutes,
    ...cronTaskRoutes,
    nextRoute(deps.clock),
    schedulePreviewRoute(deps.clock),
    ...suspendRoutes,
    proxyRoute,
    terminalRoute(deps.terminal, deps.clock),
  ]
  return routes
}
