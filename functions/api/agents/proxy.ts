import { badRequest, shortText } from '../problem.ts'
import type { ApiContext, Route } from '../route.ts'
import { placeOf } from '../inputs.ts'
import { wholeBody } from '../objects/body.ts'
import { mayStill } from '../streams/still-allowed.ts'
import { agentServer, refusalIn } from './server.ts'

/** Headers that go on in each direction. Everything else is between the browser and us: cookies, authority, who to act as. */
const asked = ['accept', 'accept-language', 'content-type', 'if-none-match', 'last-event-id', 'range']
const answered = ['content-type', 'content-disposition', 'content-range', 'accept-ranges', 'etag', 'last-modified']

/** An agent may say anything, also pages and scripts: none of it acts as a page of this server. */
const untrusted = { 'content-security-policy': "sandbox; default-src 'none'", 'x-content-type-options': 'nosniff' }

const decoded = (segment: string): string | undefined => {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

/** A segment that means what it says to whoever reads it after us. */
const isPlain = (segment: string): boolean => {
  const text = decoded(segment)
  // Twice encoded dots and slashes become real ones on a server that decodes twice.
  return text !== undefined && text !== '.' && text !== '..' && !/[/\\%\u0000-\u001f\u007f]/.test(text)
}

/** What comes after `/proxy` as it was sent, with its query. Throws on what could lead elsewhere. */
export const restOf = (url: string, base: string): string => {
  const { pathname, search } = new URL(url)
  const rest = pathname.slice(pathname.indexOf(base) + base.length)
  const segments = rest.split('/').slice(1)
  const isTidy = segments.every(
    (segment, index) => isPlain(segment) && (segment !== '' || index === segments.length - 1),
  )
  if (!rest.startsWith('/') || !isTidy)
    throw badRequest('the path after /proxy is not plain: no empty or dotted segments, no encoded slashes')
  return rest + search
}

const pick = (headers: Headers, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (headers.has(name) ? [[name, headers.get(name) ?? '']] : [])))

const handle = async (c: ApiContext): Promise<Response> => {
  const { namespace, name } = placeOf(c)
  const path = restOf(c.req.url, `/agents/${c.req.param('name')}/proxy`)
  const { apiserver } = c.var
  const server = await agentServer(apiserver, namespace, name)
  const { method } = c.req
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const response = await server({
    method,
    path,
    headers: pick(c.req.raw.headers, asked),
    ...(hasBody && { body: await wholeBody(c) }),
    isStream: true,
    signal: c.req.raw.signal,
  })
  const headers = { ...pick(response.headers, answered), ...untrusted }
  const { status } = response
  if (!response.ok) {
    // An answer of the server's own goes on as it is, and one of the apiserver is told in our words.
    const text = await shortText(response)
    const refusal = refusalIn(status, text, `${namespace}/${name}`)
    if (refusal) throw refusal
    return new Response(text === '' ? null : text, { status, headers })
  }
  const access = { verb: verbs[method] ?? 'create', resource: 'services', subresource: 'proxy', namespace, name }
  const isEndless = response.headers.get('content-type')?.startsWith('text/event-stream') === true
  const release = isEndless ? await held(c, response) : () => {}
  const body = response.body && guarded(response.body, () => mayStill(apiserver, access), release)
  return new Response(body, { status, headers })
}

/** One of the streams that the caller may have open; the answer is not read where there are too many. */
const held = async (c: ApiContext, response: Response): Promise<() => void> => {
  try {
    return await c.var.hold()
  } catch (error) {
    await response.body?.cancel()
    throw error
  }
}

/** What the apiserver calls a method on a proxy. */
const verbs: Readonly<Record<string, string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}

const checkMs = 4_000

/** A body that may go on for ever, and ends when the caller's rights do. */
const guarded = (
  body: ReadableStream<Uint8Array>,
  isStillAllowed: () => Promise<boolean>,
  release: () => void,
): ReadableStream<Uint8Array> => {
  let timer: ReturnType<typeof setInterval> | undefined
  const passing = new TransformStream<Uint8Array, Uint8Array>({
    start: (controller) => {
      timer = setInterval(() => {
        isStillAllowed().then(
          (isAllowed) => (isAllowed ? undefined : controller.error(new Error('the right to see this has ended'))),
          () => controller.error(new Error('the right to see this could not be checked')),
        )
      }, checkMs)
    },
    flush: () => clearInterval(timer),
  })
  void body
    .pipeTo(passing.writable)
    .catch(() => {})
    .finally(() => {
      clearInterval(timer)
      release()
    })
  return passing.readable
}

export const proxyRoute: Route = {
  method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
  path: '/api/v1/namespaces/{namespace}/agents/{name}/proxy/{path}',
  summary: "The Agent's OpenCode server: its own API, with the caller's rights to the Service and to its password",
  answer: { type: '*/*' },
  handle,
}
