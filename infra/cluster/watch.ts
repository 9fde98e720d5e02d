import type { Connection } from './rest.ts'

/** One change, as the apiserver tells it; `object` is in the form that was asked for, such as a Table. */
export interface Change<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: T
}

export interface WatchOptions {
  /** Path of the collection with its selectors; it may have a query already. */
  readonly path: string
  /** The version from which on changes are told: that of a list. */
  readonly resourceVersion: string
  readonly accept?: string
  readonly signal: AbortSignal
  /** Told once for each time that the stream was lost and is asked for again. */
  readonly onLost?: (why: unknown) => void
}

/** The apiserver's history does not reach back to the version that was asked for: list again. */
export class WatchExpired extends Error {
  override readonly name = 'WatchExpired'
}

/** The apiserver refuses the watch itself; `code` is its status code. */
export class WatchRefused extends Error {
  override readonly name = 'WatchRefused'
  readonly code: number
  readonly answer: string
  constructor(code: number, answer: string) {
    super(`the apiserver answered ${code} to a watch`)
    this.code = code
    this.answer = answer
  }
}

/** The apiserver ends the stream after this many seconds, so that none lives for ever. */
const serverSeconds = 290

/** Bookmarks come about once a minute. A stream that is silent for longer has been lost without a word. */
const idleMs = 150_000

const firstPauseMs = 500
const longestPauseMs = 15_000

/** The lines of a body, each whole. Throws when nothing comes for `idleMs`. */
async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      let timer: ReturnType<typeof setTimeout> | undefined
      const silence = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`nothing came for ${idleMs / 1000} s`)), idleMs)
      })
      const { done, value } = await Promise.race([reader.read(), silence]).finally(() => clearTimeout(timer))
      if (done) return
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
  } finally {
    // A stream that is broken already has nothing left to cancel.
    await reader.cancel().catch(() => {})
  }
}

interface Told {
  readonly type: string
  readonly object: {
    readonly code?: number
    readonly metadata?: { readonly resourceVersion?: string }
    readonly rows?: readonly { readonly object?: { readonly metadata?: { readonly resourceVersion?: string } } }[]
  }
}

/** A Table carries the version of its one row; where it has one itself, that is the same. */
const versionOf = ({ object: { metadata, rows } }: Told): string | undefined =>
  metadata?.resourceVersion || rows?.[0]?.object?.metadata?.resourceVersion

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })

/**
 * Every change of a collection until `signal` is aborted. A stream that ends, breaks or falls silent is taken up again
 * where it was. Throws WatchExpired where the changes in between are no longer known, WatchRefused on a refusal.
 */
export async function* watch<T>(connection: Connection, options: WatchOptions): AsyncGenerator<Change<T>> {
  const { path, accept = 'application/json', signal, onLost } = options
  let { resourceVersion } = options
  let pauseMs = firstPauseMs
  while (!signal.aborted) {
    try {
      const query = new URLSearchParams({
        watch: '1',
        allowWatchBookmarks: 'true',
        timeoutSeconds: String(serverSeconds),
        resourceVersion,
      })
      const response = await connection.fetch(`${connection.server}${path}${path.includes('?') ? '&' : '?'}${query}`, {
        method: 'GET',
        headers: { accept, 'user-agent': connection.manager, ...(await connection.headers?.()) },
        signal,
      })
      if (response.status === 410) throw new WatchExpired('the history is gone')
      if (!response.ok && response.status < 500 && response.status !== 429)
        throw new WatchRefused(response.status, await response.text())
      if (!response.ok || !response.body) throw new Error(`the apiserver answered ${response.status}`)
      let hasTold = false
      for await (const line of linesOf(response.body)) {
        hasTold = true
        const told = JSON.parse(line) as Told
        if (told.type === 'ERROR') {
          if (told.object.code === 410) throw new WatchExpired('the history is gone')
          throw new Error(`the apiserver ended the watch with ${told.object.code}`)
        }
        resourceVersion = versionOf(told) ?? resourceVersion
        pauseMs = firstPauseMs
        if (told.type !== 'BOOKMARK') yield told as unknown as Change<T>
      }
      // One that ends at once, which a closing apiserver or a proxy may do again and again.
      if (!hasTold) await pause(firstPauseMs, signal)
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof WatchExpired || error instanceof WatchRefused) throw error
      onLost?.(error)
      await pause(pauseMs, signal)
      pauseMs = Math.min(pauseMs * 2, longestPauseMs)
    }
  }
}
