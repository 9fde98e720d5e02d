import { ApiProblem, ask, read } from '../api/client.ts'
import type { AnyObject, List, Plural } from '../api/types.ts'
import { pluralOf, plurals } from '../api/types.ts'
import type { Message } from './messages.ts'
import { messagesOf } from './messages.ts'
import type { ChangeType, Store } from './store.ts'

export type LiveState = 'connecting' | 'live' | 'lost' | 'refused'

export interface Live {
  /** Ends it; nothing is told to the store after this. */
  readonly stop: () => void
  /** Look now: the machine was asleep, or is on a network again. */
  readonly wake: () => void
}

const pageSize = 500
const firstWaitMs = 500
const longestWaitMs = 10_000
/** From which on the wait is the longest. */
const longestAttempt = 5

/** Half of it at random, so that a server that comes back is not met by everybody at once. */
export const waitMs = (attempt: number, random = Math.random()): number =>
  Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(attempt, 10)) * (0.5 + random / 2)

const placeIn = (namespace: string | undefined): string =>
  namespace === undefined ? '/api/v1' : `/api/v1/namespaces/${encodeURIComponent(namespace)}`

const isRefusal = (error: unknown): error is ApiProblem =>
  error instanceof ApiProblem && (error.code === 403 || error.code === 404 || error.code === 400)

/** Everything of a kind, and the version a watch goes on from. */
const listAll = async (plural: Plural, namespace: string | undefined, signal: AbortSignal) => {
  const items: AnyObject[] = []
  let version: string | undefined
  let from: string | undefined
  do {
    const query = new URLSearchParams({ limit: String(pageSize), ...(from && { continue: from }) })
    const page = await read<List<AnyObject>>(`${placeIn(namespace)}/${plural}?${query}`, signal)
    items.push(...page.items)
    version = page.metadata.resourceVersion
    from = page.metadata.continue
  } while (from)
  return { items, version }
}

interface Told {
  readonly kind: string
  readonly metadata?: { readonly resourceVersion?: string }
  readonly message?: string
  readonly code?: number
}

/** Applies one event: to the store, and to the versions from which a lost stream goes on. */
export const take = (store: Store, versions: Map<Plural, string>, { event, data }: Message): void => {
  const told = JSON.parse(data) as Told
  if (event === 'problem') throw new ApiProblem(told.code ?? 503, told.message ?? 'The stream was cut.')
  const plural = pluralOf[told.kind]
  if (!plural) return
  if (event === 'expired') {
    versions.delete(plural)
    return
  }
  if (event !== 'BOOKMARK') store.change(plural, event as ChangeType, told as unknown as AnyObject)
  const version = told.metadata?.resourceVersion
  if (version !== undefined) versions.set(plural, version)
}

/** Lists once, then follows the changes over one connection, and goes on from where it was whenever that is lost. */
export const startLive = (
  store: Store,
  namespace: string | undefined,
  onState: (state: LiveState) => void,
  from: Map<Plural, string> = new Map(),
): Live => {
  const stopped = new AbortController()
  let current = new AbortController()
  let heard = performance.now()
  let endWait = (): void => {}
  const refused = new Set<Plural>()

  const list = async (signal: AbortSignal): Promise<void> => {
    const missing = plurals.filter((plural) => !from.has(plural) && !refused.has(plural))
    await Promise.all(
      missing.map(async (plural) => {
        try {
          const { items, version } = await listAll(plural, namespace, signal)
          if (stopped.signal.aborted) return
          store.replace(plural, items)
          if (version !== undefined) from.set(plural, version)
        } catch (error) {
          if (!isRefusal(error)) throw error
          refused.add(plural)
          store.fail(plural, error.message)
        }
      }),
    )
  }

  const follow = async (signal: AbortSignal, onHeard: () => void): Promise<void> => {
    await list(signal)
    if (from.size === 0) throw new ApiProblem(403, 'There is nothing here that you may see.')
    const response = await ask(`${placeIn(namespace)}/changes?${new URLSearchParams([...from])}`, { signal })
    onState('live')
    onHeard()
    for await (const message of messagesOf(response, signal, { onHeard })) {
      if (stopped.signal.aborted) return
      take(store, from, message)
    }
  }

  const run = async (): Promise<void> => {
    for (let attempt = 0; !stopped.signal.aborted; attempt += 1) {
      current = new AbortController()
      const signal = AbortSignal.any([stopped.signal, current.signal])
      try {
        await follow(signal, () => {
          heard = performance.now()
          attempt = 0
        })
      } catch (error) {
        // Rights may have changed: what was refused is asked for again, and what was allowed is listed anew.
        const isRefused = isRefusal(error)
        if (isRefused) {
          from.clear()
          refused.clear()
          attempt = longestAttempt
        }
        if (!stopped.signal.aborted) onState(isRefused ? 'refused' : 'lost')
      }
      if (stopped.signal.aborted) return
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitMs(attempt))
        endWait = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }
  onState('connecting')
  void run()

  return {
    stop: () => {
      stopped.abort()
      endWait()
    },
    wake: () => {
      // The server says something every 15 seconds; a page that slept through one has to look.
      if (performance.now() - heard > 20_000) current.abort()
      endWait()
    },
  }
}
