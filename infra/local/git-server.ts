/** Git over smart HTTP: `git http-backend` behind Hono, serving the bare repositories below one folder. */
import { spawn } from 'node:child_process'
import { createServer } from 'node:https'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { serve, type ServerType } from '@hono/node-server'
import { Hono } from 'hono'
import { basicAuth } from 'hono/basic-auth'
import { demoRepository, seedRepository, type RepositorySeed } from './git-seed.ts'

export type GitServerOptions = {
  /** Folder of the bare repositories; made when it is missing. */
  readonly root: string
  readonly port?: number
  readonly hostname?: string
  readonly auth?: {
    readonly username: string
    readonly password: string
    /** Paths that begin with one of these ask for it; all where none are given. */
    readonly below?: readonly string[]
  }
  /** Served beside the repositories, by their paths. */
  readonly files?: Readonly<Record<string, string>>
  /** PEM texts; with them the server speaks HTTPS only. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** Repositories made at the start where they do not exist; the demo repository unless said otherwise. */
  readonly seeds?: readonly RepositorySeed[]
}

export type GitServer = { readonly url: string; readonly port: number; readonly close: () => Promise<void> }

type CgiHead = { readonly status: number; readonly headers: Headers; readonly rest: Buffer }

const parseHead = (buffer: Buffer): CgiHead | undefined => {
  const end = buffer.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const headers = new Headers()
  let status = 200
  for (const line of buffer.subarray(0, end).toString('latin1').split('\r\n')) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon)
    const value = line.slice(colon + 1).trim()
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10)
    else headers.set(name, value)
  }
  return { status, headers, rest: buffer.subarray(end + 4) }
}

/** One CGI call (RFC 3875): the request goes in on stdin and in the environment, head and body come out on stdout. */
const httpBackend = async (root: string, request: Request, user: string | undefined): Promise<Response> => {
  const url = new URL(request.url)
  const header = (name: string): string => request.headers.get(name) ?? ''
  const backend = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      HOME: '/tmp',
      // The folder is ours to serve, whoever owns it on the volume it lies on.
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: header('content-type'),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
      GIT_PROTOCOL: header('git-protocol'),
      ...(request.headers.has('content-length') && { CONTENT_LENGTH: header('content-length') }),
      ...(user !== undefined && { REMOTE_USER: user }),
    },
  })
  request.signal.addEventListener('abort', () => backend.kill())
  if (request.body) Readable.fromWeb(request.body as Parameters<typeof Readable.fromWeb>[0]).pipe(backend.stdin)
  else backend.stdin.end()
  // A backend that ends early closes its stdin; its answer says why.
  backend.stdin.on('error', () => undefined)

  return await new Promise<Response>((answer, fail) => {
    let seen = Buffer.alloc(0)
    const onData = (chunk: Buffer): void => {
      seen = Buffer.concat([seen, chunk])
      const head = parseHead(seen)
      if (!head) return
      backend.stdout.off('data', onData)
      backend.stdout.pause()
      if (head.rest.length > 0) backend.stdout.unshift(head.rest)
      answer(
        new Response(Readable.toWeb(backend.stdout) as ReadableStream<Uint8Array>, {
          status: head.status,
          headers: head.headers,
        }),
      )
    }
    backend.stdout.on('data', onData)
    backend.on('error', (error) =>
      fail(new Error('git could not be started; install git on the PATH', { cause: error })),
    )
    backend.on('close', () => answer(new Response('git http-backend ended without an answer\n', { status: 500 })))
  })
}

/** Starts the server; the returned `url` has no trailing slash, a repository is at `<url>/<name>.git`. */
export const startGitServer = async (options: GitServerOptions): Promise<GitServer> => {
  const { port = 0, hostname = '127.0.0.1', auth, tls, files = {}, seeds = [demoRepository] } = options
  const root = resolve(options.root)
  for (const seed of seeds) await seedRepository(root, seed)

  const app = new Hono()
  app.get('/healthz', (context) => context.text('ok\n'))
  if (auth) {
    const { username, password, below = [''] } = auth
    const guard = basicAuth({ username, password, realm: 'git' })
    app.use('*', (context, next) =>
      below.some((start) => context.req.path.startsWith(start)) ? guard(context, next) : next(),
    )
  }
  for (const [path, content] of Object.entries(files)) app.get(path, (context) => context.text(content))
  app.all('*', (context) => httpBackend(root, context.req.raw, auth?.username))

  const server = await new Promise<ServerType>((resolveServer) => {
    const started: ServerType = serve(
      tls
        ? { fetch: app.fetch, port, hostname, createServer, serverOptions: tls }
        : { fetch: app.fetch, port, hostname },
      () => resolveServer(started),
    )
  })
  const address = server.address()
  const boundPort = typeof address === 'object' && address ? address.port : port
  return {
    url: `${tls ? 'https' : 'http'}://${hostname}:${boundPort}`,
    port: boundPort,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        if ('closeAllConnections' in server) server.closeAllConnections()
      }),
  }
}
