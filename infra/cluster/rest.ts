import { GROUP } from '../../crds/names.ts'
import {
  codeOf,
  HinderedError,
  LeavingError,
  olderDefinition,
  RetryableError,
  TerminalError,
  UnreachableError,
} from '../../shared/errors.ts'
import type { KubeObject, Kind, Objects, Ref } from '../../shared/kubernetes.ts'
import { describeRef, pathOf, refOf, resources } from '../../shared/kubernetes.ts'
import { lostOf } from '../../shared/merge-patch.ts'
import type { Cluster, ListOptions, Page } from '../../shared/ports.ts'

export { pathOf } from '../../shared/kubernetes.ts'

/** What comes back, before its body is read; the Response of every runtime is one. */
export interface Reply {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  readonly body: AsyncIterable<Uint8Array> | null
}

/** How an apiserver is reached. `fetch` carries the trust (CA, client certificate) and is the runtime's own. */
export interface Connection {
  /** Base address without a trailing slash. */
  readonly server: string
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** A cheaper way to an answer that is read to its end, where the runtime has one. */
  readonly request?: (url: string, init: RequestInit) => Promise<Reply>
  /** Asked before each request, so that a rotated token is used at once. */
  readonly headers?: () => Promise<Readonly<Record<string, string>>>
  /** Field manager of every write and user agent of every request. */
  readonly manager: string
}

/** A little longer than the apiserver waits by default for a webhook of others, so that its words are heard. */
const requestTimeoutMs = 12_000

/** etcd counts from 1, and had counted further before the first object of a cluster was there. */
const noVersion = '1'

/** The apiserver's answer to a failed request, metav1.Status as far as it is read. */
interface Status {
  readonly message?: string
  readonly reason?: string
  readonly details?: {
    readonly kind?: string
    readonly retryAfterSeconds?: number
    readonly causes?: readonly { readonly reason?: string }[]
  }
}

const statusOf = async (response: Answer): Promise<Status> => {
  const text = await response.text()
  try {
    return JSON.parse(text) as Status
  } catch {
    // Proxies before an apiserver answer in plain text.
    return { message: `the apiserver answered ${response.status} ${text.slice(0, 200)}` }
  }
}

/**
 * A quota that has no room now, or an admission webhook of others that does not answer; ours are back in a moment. Every other
 * 403 is for good. https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
const isHindrance = (status: number, message: string): boolean => {
  const [, webhook] = /failed calling webhook "([^"]+)"/.exec(message) ?? []
  return status === 403
    ? message.includes('exceeded quota')
    : status === 500 && webhook !== undefined && !webhook.endsWith(`.${GROUP}`)
}

/** The apiserver names the cause where a namespace is on its way out, and the namespace itself where it is gone. */
const isLeavingNamespace = (status: number, { details }: Status): boolean =>
  (status === 403 && details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') === true) ||
  (status === 404 && details?.kind === 'namespaces')

const failureOf = (response: Answer, status: Status, what: string): Error => {
  const says = status.message ?? `the apiserver answered ${response.status}`
  // We select only by fields of our own kinds.
  const message = `${what}: ${says}${says.includes('field label not supported') ? olderDefinition : ''}`
  const passing =
    [401, 408, 409, 429].includes(response.status) ||
    response.status >= 500 ||
    // Somebody before the apiserver, such as a login page, sends us elsewhere.
    response.status < 400
  if (isHindrance(response.status, message)) return new HinderedError(message)
  if (isLeavingNamespace(response.status, status)) return new LeavingError(message)
  if (!passing) return new TerminalError(status.reason ?? 'Rejected', message)
  const header = Number(response.headers.get('retry-after') ?? Number.NaN)
  const retryAfterSeconds = Number.isFinite(header) ? header : status.details?.retryAfterSeconds
  // A token that is not taken, or a balancer whose apiserver is away: it is the same for every request.
  if (response.status === 401)
    return new UnreachableError(
      `${message}: it does not know whose token this is; renew the token, and on EKS look at the access entry of the function's role`,
      { retryAfterSeconds },
    )
  if ([502, 503, 504].includes(response.status)) return new UnreachableError(message, { retryAfterSeconds })
  return new RetryableError(message, { retryAfterSeconds })
}

const failure = async (response: Answer, what: string): Promise<Error> =>
  failureOf(response, await statusOf(response), what)

/** One whole answer. */
export interface Answer {
  readonly ok: boolean
  readonly status: number
  readonly headers: { get(name: string): string | null }
  json(): Promise<unknown>
  text(): Promise<string>
}

export interface SendOptions {
  readonly body?: object
  readonly contentType?: string
  /** Beside the connection's own. */
  readonly headers?: Readonly<Record<string, string>>
  /** For the whole answer, its body too. */
  readonly timeoutMs?: number
  /** An answer that is longer is refused, for answers of others than the apiserver. */
  readonly mostBytes?: number
}

/** One request and its whole answer; the caller judges the status code. Throws RetryableError where there is none in time. */
export type Send = (method: string, path: string, options?: SendOptions) => Promise<Answer>

/** The body, read to its end while whoever sends it is still waited for. */
const received = async ({ status, headers, body }: Reply, what: string, mostBytes: number): Promise<Answer> => {
  const decoder = new TextDecoder()
  let size = 0
  let text = ''
  for await (const chunk of body ?? []) {
    size += chunk.byteLength
    if (size > mostBytes) throw new RetryableError(`the answer to ${what} has more than ${mostBytes} bytes`)
    text += decoder.decode(chunk, { stream: true })
  }
  text += decoder.decode()
  return {
    ok: status >= 200 && status < 300,
    status,
    headers,
    text: async () => text,
    json: async () => JSON.parse(text) as unknown,
  }
}

/** Whether a server behind the apiserver's proxy gave no answer in time, a refusal, or no JSON; all else is a fault of ours. */
export const isNoAnswer = (error: unknown): boolean =>
  error instanceof RetryableError || error instanceof TerminalError || error instanceof SyntaxError

export const sender =
  ({ server, fetch, request = fetch, headers, manager }: Connection): Send =>
  async (method, path, options = {}) => {
    const { body, contentType = 'application/json', timeoutMs = requestTimeoutMs, mostBytes = Infinity } = options
    const what = `${method} ${path.split('?')[0]}`
    const signal = AbortSignal.timeout(timeoutMs)
    try {
      const response = await request(`${server}${path}`, {
        method,
        headers: {
          accept: 'application/json',
          'user-agent': manager,
          ...(body && { 'content-type': contentType }),
          ...options.headers,
          ...(await headers?.()),
        },
        ...(body && { body: JSON.stringify(body) }),
        // An agent's server answers through the apiserver's proxy: whereto it sends us is not asked with our credentials.
        redirect: 'manual',
        signal,
      })
      return await received(response, what, mostBytes)
    } catch (cause) {
      if (cause instanceof RetryableError) throw cause
      const isLate = cause instanceof Error && cause.name === 'TimeoutError'
      const why = isLate ? `${timeoutMs} ms have passed` : codeOf(cause)
      throw new UnreachableError(
        `the apiserver at ${server} did not answer ${what}${why === undefined ? '' : `: ${why}`}`,
        { cause },
      )
    }
  }

/** The Cluster port over the apiserver's REST API; runs wherever there is a fetch. */
export const createCluster = (connection: Connection): Cluster => clusterOver(sender(connection), connection.manager)

/** The same over any way to send a request; `fieldManager` signs every write. */
export const clusterOver = (send: Send, fieldManager: string): Cluster => {
  const manager = encodeURIComponent(fieldManager)
  const at = (ref: Ref) => pathOf(ref.kind, ref.namespace, ref.name)

  const mergePatch = async (ref: Ref, path: string, patch: object): Promise<KubeObject & { status?: object }> => {
    const response = await send('PATCH', `${path}?fieldManager=${manager}`, {
      body: patch,
      contentType: 'application/merge-patch+json',
    })
    // Gone since it was read: the next look finds nothing to do.
    if (response.status === 404) throw new RetryableError(`${describeRef(ref)} is gone`)
    if (!response.ok) throw await failure(response, `cannot update ${describeRef(ref)}`)
    return (await response.json()) as KubeObject
  }
  const versionOf = ({ metadata }: KubeObject): string => metadata?.resourceVersion ?? ''

  const get = async <K extends Kind>(ref: Ref<K>): Promise<Objects[K] | undefined> => {
    const response = await send('GET', at(ref))
    if (response.status === 404) return undefined
    if (!response.ok) throw await failure(response, `cannot read ${describeRef(ref)}`)
    return (await response.json()) as Objects[K]
  }

  return {
    get,

    list: async <K extends Kind>(kind: K, options: ListOptions = {}) => {
      const { namespace, ...selection } = options
      const query = new URLSearchParams()
      for (const [name, value] of Object.entries(selection)) query.set(name, String(value))
      const response = await send('GET', `${pathOf(kind, namespace)}?${query}`)
      if (!response.ok) throw await failure(response, `cannot list ${resources[kind].plural}`)
      const { items, metadata } = (await response.json()) as { items: Objects[K][]; metadata: { continue?: string } }
      // Items of a list carry neither kind nor apiVersion.
      const { apiVersion } = resources[kind]
      const page: Page<Objects[K]> = {
        items: items.map((item) => ({ ...item, apiVersion, kind })),
        ...(metadata.continue && { continue: metadata.continue }),
      }
      return page
    },

    create: async (object) => {
      const ref = refOf(object)
      const response = await send('POST', `${pathOf(ref.kind, ref.namespace)}?fieldManager=${manager}`, {
        body: object,
      })
      if (response.ok) return true
      const status = await statusOf(response)
      if (response.status === 409 && status.reason === 'AlreadyExists') return false
      throw failureOf(response, status, `cannot create ${describeRef(ref)}`)
    },

    apply: async (object, { isNew = false } = {}) => {
      const ref = refOf(object)
      // A version that no object can have is a conflict with any that is there, and is not asked for where none is.
      const metadata = { ...object.metadata, ...(isNew && { resourceVersion: noVersion }) }
      const response = await send('PATCH', `${at(ref)}?fieldManager=${manager}&force=true`, {
        body: { ...object, metadata },
        contentType: 'application/apply-patch+yaml',
      })
      if (response.ok) return
      const { uid } = metadata as { uid?: string }
      const error = await failure(response, `cannot apply ${describeRef(ref)}`)
      // Replaced by a newer object of the same name, which the apiserver calls a change of the uid: the next look sees it.
      if (response.status === 422 && uid !== undefined && (await get(ref))?.metadata?.uid !== uid)
        throw new RetryableError(`${describeRef(ref)} was replaced`, { cause: error })
      throw error
    },

    patch: async (ref, patch, resourceVersion) => {
      const { metadata, ...rest } = patch as { metadata?: object }
      return versionOf(await mergePatch(ref, at(ref), { ...rest, metadata: { ...metadata, resourceVersion } }))
    },

    patchStatus: async (ref, patch, resourceVersion) => {
      const stored = await mergePatch(ref, `${at(ref)}/status`, { metadata: { resourceVersion }, status: patch })
      return { resourceVersion: versionOf(stored), pruned: [...new Set(lostOf(patch, stored.status, 'status'))] }
    },

    remove: async (ref, uid) => {
      const response = await send('DELETE', at(ref), { body: { preconditions: { uid } } })
      if (response.ok || response.status === 404) return
      const error = await failure(response, `cannot delete ${describeRef(ref)}`)
      // Replaced by a newer object of the same name: what was to be removed is no more. Any other conflict passes.
      if (response.status === 409 && (await get(ref))?.metadata?.uid !== uid) return
      throw error
    },
  }
}
