import type { Context, Hono } from 'hono'
import { checkHost } from './access/browser.ts'
import { Problem } from './problem.ts'
import type { Variables } from './route.ts'

export interface Asset {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly type: string
  /** The same bytes with gzip, where that is less. */
  readonly gzip?: Uint8Array<ArrayBuffer>
}

/** The dashboard as it was built. */
export interface Dashboard {
  /** The one page, with `{{base}}` where the path of the server belongs. */
  readonly page: string
  /** Files by name. A name changes with what is in the file, so that browsers may keep it. */
  readonly files: ReadonlyMap<string, Asset>
}

/** The page takes scripts, styles and data from this server and from nowhere else; nothing may stand around it. */
const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
}

/** Addresses of the dashboard's pages; what is shown there the page finds out by itself. */
export const pagePaths: readonly string[] = [
  '/',
  '/login',
  '/config',
  '/new/:plural',
  ...['/tasks', '/agents', '/crontasks', '/agenttemplates'].flatMap((path) => [path, `${path}/:namespace/:name`]),
]

const keptForAYear = 'public, max-age=31536000, immutable'

const takesGzip = (c: Context): boolean => /\bgzip\b/.test(c.req.header('accept-encoding') ?? '')

/** Serves the dashboard, to anybody: what it shows it asks the API for, with the session of whoever looks. */
export const serveDashboard = (
  app: Hono<{ Variables: Variables }>,
  dashboard: Dashboard | undefined,
  { basePath, hosts }: { basePath: string; hosts: readonly string[] | undefined },
): void => {
  const page = dashboard?.page.replaceAll('{{base}}', basePath)
  const servePage = (c: Context): Response => {
    checkHost(c.req.header('host'), hosts)
    if (page === undefined)
      throw new Problem(404, 'NotFound', 'this server was built without the dashboard; the API is under /api/v1')
    return c.html(page, 200, { ...pageHeaders })
  }
  for (const path of pagePaths) app.get(path, servePage)
  // Mounted under a path, the server is asked for it without the slash, too.
  if (basePath !== '') app.get('', servePage)
  app.get('/assets/:name', (c) => {
    checkHost(c.req.header('host'), hosts)
    const asset = dashboard?.files.get(c.req.param('name'))
    if (!asset) throw new Problem(404, 'NotFound', 'the dashboard has no such file; reload the page')
    const isPacked = asset.gzip !== undefined && takesGzip(c)
    return c.body(isPacked && asset.gzip ? asset.gzip : asset.bytes, 200, {
      'content-type': asset.type,
      'cache-control': keptForAYear,
      vary: 'accept-encoding',
      ...(isPacked && { 'content-encoding': 'gzip' }),
    })
  })
}
