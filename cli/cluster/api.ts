import type { Connection, Send, SendOptions } from '../../infra/cluster/rest.ts'
import { pathOf, sender } from '../../infra/cluster/rest.ts'
import { RetryableError } from '../../shared/errors.ts'
import type { Kind, KubeObject, Objects, Ref } from '../../shared/kubernetes.ts'
import { resources } from '../../shared/kubernetes.ts'
import { createServerClock } from '../../shared/server-clock.ts'
import { CommandError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import type { Caller, Refusal } from './refusals.ts'
import { refused, unreached } from './refusals.ts'

/** Which objects of a kind: those of a namespace, or without one of the whole cluster. */
export interface Selection {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

/** `isQuiet` keeps what the apiserver warns of from the person: it is about something they have not asked for. */
export type AskOptions = SendOptions & { readonly isQuiet?: boolean }

/** The apiserver as a person uses it: every failure is a CommandError whose sentence can be shown. */
export interface Api {
  readonly server: string
  /** The time as the apiserver has it, after its first answer: a person's own clock may be wrong. */
  readonly serverNow: () => Date
  /** One request; `what` is what is tried, such as `cannot list tasks`. Undefined where there is no such object. */
  readonly ask: <T>(what: string, method: string, path: string, options?: AskOptions) => Promise<T | undefined>
  readonly find: <K extends Kind>(ref: Ref<K>) => Promise<Objects[K] | undefined>
  /** The same, and what is not there is a failure that says what is. */
  readonly need: <K extends Kind>(ref: Ref<K>) => Promise<Objects[K]>
  readonly list: <K extends Kind>(kind: K, selection?: Selection) => Promise<Objects[K][]>
  /** JSON merge patch; gives the object as it is then. */
  readonly merge: <K extends Kind>(what: string, ref: Ref<K>, patch: object) => Promise<Objects[K]>
  readonly create: <T extends KubeObject>(
    object: T,
    options?: { readonly dryRun?: boolean; readonly isQuiet?: boolean },
  ) => Promise<T>
}

/** Objects of one page of a list. */
export const pageSize = 500

const where = (namespace: string | undefined): string => (namespace === undefined ? '' : ` in namespace ${namespace}`)

const refusalOf = async (code: number, text: string): Promise<Refusal> => {
  try {
    return { ...(JSON.parse(text) as object), code }
  } catch {
    return { code, message: text.trim().slice(0, 200) || `the apiserver answered ${code}` }
  }
}

export interface ApiOptions {
  readonly now: () => Date
  /** For one request and its whole answer. */
  readonly timeoutMs: number
  /** Told what admission and the apiserver warn of. */
  readonly onWarning: (text: string) => void
}

/** The texts of a Warning header, `299 - "text"` each (RFC 7234, section 5.5). */
export const warningsIn = (header: string | null): string[] =>
  [...(header ?? '').matchAll(/\b\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) =>
    text.replaceAll(/\\(.)/g, '$1'),
  )

export const createApi = (connection: Connection, caller: Caller, { now, timeoutMs, onWarning }: ApiOptions): Api => {
  const send: Send = sender(connection)
  const clock = createServerClock(now)

  const ask = async <T>(
    what: string,
    method: string,
    path: string,
    { isQuiet = false, ...options }: AskOptions = {},
  ): Promise<T | undefined> => {
    const answer = await send(method, path, { timeoutMs, ...options }).catch((error: unknown) => {
      throw error instanceof RetryableError ? unreached(error, caller, timeoutMs) : error
    })
    clock.hear(answer.headers.get('date'))
    if (!isQuiet) for (const text of warningsIn(answer.headers.get('warning'))) onWarning(text)
    if (answer.ok) return (await answer.json()) as T
    const refusal = await refusalOf(answer.status, await answer.text())
    if (answer.status === 404 && refusal.reason === 'NotFound' && !/requested resource/.test(refusal.message ?? ''))
      return undefined
    throw refused(refusal, what, caller, now())
  }

  const find = <K extends Kind>(ref: Ref<K>): Promise<Objects[K] | undefined> =>
    ask(`cannot read ${ref.kind} ${ref.name}`, 'GET', pathOf(ref.kind, ref.namespace, ref.name))

  const list = async <K extends Kind>(kind: K, selection: Selection = {}): Promise<Objects[K][]> => {
    const { namespace, ...selectors } = selection
    const items: Objects[K][] = []
    let next: string | undefined
    do {
      const query = new URLSearchParams({ limit: String(pageSize), ...selectors, ...(next && { continue: next }) })
      const what = `cannot list ${resources[kind].plural}`
      const page = await ask<{ items: Objects[K][]; metadata: { continue?: string } }>(
        what,
        'GET',
        `${pathOf(kind, namespace)}?${query}`,
      )
      items.push(...(page?.items ?? []))
      next = page?.metadata.continue
    } while (next)
    return items
  }

  /** Says what is there instead, as far as the person may see it. */
  const missing = async ({ kind, namespace, name }: Ref): Promise<CommandError> => {
    const { plural } = resources[kind]
    const names = await list(kind, namespace === undefined ? {} : { namespace }).then(
      (items) => (items as KubeObject[]).map(({ metadata }) => metadata?.name ?? ''),
      () => undefined,
    )
    const meant = nearest(name, names ?? [])
    const look = `kubeoc get ${plural} -A`
    const hint =
      meant !== undefined
        ? `did you mean ${meant}?`
        : names?.length === 0
          ? `there are no ${plural} there; ${look} shows those of other namespaces`
          : `${look} shows what there is`
    return new CommandError(`${kind} ${name} is not there${where(namespace)}: ${hint}`)
  }

  return {
    server: connection.server,
    serverNow: clock.now,
    ask,
    find,
    list,
    need: async (ref) => {
      const found = await find(ref)
      if (!found) throw await missing(ref)
      return found
    },
    merge: async <K extends Kind>(what: string, ref: Ref<K>, patch: object) => {
      const merged = await ask<Objects[K]>(
        what,
        'PATCH',
        `${pathOf(ref.kind, ref.namespace, ref.name)}?fieldManager=kubeoc`,
        { body: patch, contentType: 'application/merge-patch+json' },
      )
      if (!merged) throw await missing(ref)
      return merged
    },
    create: async <T extends KubeObject>(object: T, { dryRun = false, isQuiet = false } = {}) => {
      const { kind, metadata } = object
      const name = metadata?.name ?? metadata?.generateName ?? ''
      const path = `${pathOf(kind as Kind, metadata?.namespace)}?fieldManager=kubeoc${dryRun ? '&dryRun=All' : ''}`
      const made = await ask<T>(`cannot create ${kind} ${name}`, 'POST', path, { body: object, isQuiet })
      if (!made) throw new CommandError(`cannot create ${kind} ${name}: namespace ${metadata?.namespace} is not there`)
      return made
    },
  }
}
