import type { LoginDeps } from './access/login.ts'
import { loginRoutes } from './access/login.ts'
import { proxyRoute } from './agents/proxy.ts'
import { suspendRoutes } from './agents/suspend.ts'
import { healthRoutes } from './health.ts'
import { namespacesRoute } from './namespaces.ts'
import { objectRoutes } from './objects/routes.ts'
import type { Route } from './route.ts'
import { stopRoute } from './tasks/stop.ts'

/** Every door of the API. */
export const routesOf = (deps: LoginDeps): readonly Route[] => [
  ...healthRoutes(deps.access.mode),
  ...loginRoutes(deps),
  namespacesRoute,
  ...objectRoutes,
  stopRoute,
  ...suspendRoutes,
  proxyRoute,
]
