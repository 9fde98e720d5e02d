import type { Answer, Send } from '../../../infra/cluster/rest.ts'
import type { Kind } from '../../../shared/kubernetes.ts'
import { resources } from '../../../shared/kubernetes.ts'
import type { Request } from './request.ts'
import type { Apiserver } from './server.ts'
import type { Result } from './status.ts'
import { status } from './status.ts'

const kindOf = new Map<string, Kind>(
  (Object.entries(resources) as [Kind, (typeof resources)[Kind]][]).map(([kind, { apiVersion, plural }]) => [
    `${apiVersion.includes('/') ? 'apis' : 'api'}/${apiVersion}/${plural}`,
    kind,
  ]),
)

const address =
  /^\/((?:api|apis\/[^/]+)\/[^/]+)(?:\/namespaces\/([^/?]+))?\/([^/?]+)(?:\/([^/?]+))?(?:\/(status))?(?:\?(.*))?$/

const verbOf = (method: string, name: string | undefined, contentType: string): Request['verb'] => {
  if (method === 'GET') return name === undefined ? 'list' : 'get'
  if (method === 'POST') return 'create'
  if (method === 'PUT') return 'update'
  if (method === 'DELETE') return 'delete'
  return contentType === 'application/apply-patch+yaml' ? 'apply' : 'patch'
}

type Target = Pick<Request, 'kind' | 'namespace' | 'name' | 'subresource' | 'query'>

/** What paths stand for; the same few are asked for again and again. */
const targets = new Map<string, Target | undefined>()

const readTarget = (path: string): Target | undefined => {
  const [, root = '', namespace, plural = '', name, subresource, query] = address.exec(path) ?? []
  const kind = kindOf.get(`${root}/${plural}`)
  if (!kind) return undefined
  return {
    kind,
    ...(namespace !== undefined && { namespace: decodeURIComponent(namespace) }),
    ...(name !== undefined && { name: decodeURIComponent(name) }),
    ...(subresource === 'status' && { subresource }),
    ...(query !== undefined && { query: Object.fromEntries(new URLSearchParams(query)) }),
  }
}

const targetOf = (path: string): Target | undefined => {
  if (!targets.has(path)) targets.set(path, readTarget(path))
  return targets.get(path)
}

/** The request that a method, a path and a body stand for; undefined where the path leads nowhere. */
export const requestOf = (
  method: string,
  path: string,
  { body, contentType = 'application/json' }: NonNullable<Parameters<Send>[2]> = {},
  by?: string,
): Request | undefined => {
  const target = targetOf(path)
  if (!target) return undefined
  return {
    ...target,
    verb: verbOf(method, target.name, contentType),
    ...(body && { body }),
    ...(by !== undefined && { by }),
  }
}

export const answerOf = ({ code, body, headers = {} }: Result): Answer => ({
  ok: code < 300,
  status: code,
  headers: { get: (name) => headers[name] ?? null },
  json: async () => body,
  text: async () => JSON.stringify(body),
})

/** The apiserver as its clients reach it, with `by` in the history of what they write. */
export const sendTo =
  (apiserver: Apiserver, by?: string): Send =>
  async (method, path, options) => {
    const request = requestOf(method, path, options, by)
    return answerOf(
      request
        ? apiserver.request(request)
        : status(404, 'NotFound', 'the server could not find the requested resource'),
    )
  }
