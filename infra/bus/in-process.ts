import { RetryableError, unreachableIn } from '../../shared/errors.ts'
import type { Hint, Key } from '../../shared/hint.ts'
import { keyText } from '../../shared/hint.ts'
import { describeRef } from '../../shared/kubernetes.ts'
import type { EventBus, Log } from '../../shared/ports.ts'
import { failureFields } from '../../shared/trace.ts'

/** What the bus needs of time and chance. */
export interface Timers {
  /** Milliseconds from any fixed moment, never going back. */
  now(): number
  /** Calls `run` once after `milliseconds`; gives what cancels it. */
  after(milliseconds: number, run: () => void): () => void
  /** From 0 up to 1. */
  random(): number
}

/** Waits for somebody else than the apiserver, who may never answer: meanwhile the place of the delivery is another's. */
export type Aside = <T>(wait: Promise<T>) => Promise<T>

export interface InProcessOptions {
  /** Handles one hint; gives the seconds after which the key wants to be looked at again. */
  readonly deliver: (hint: Hint, aside: Aside) => Promise<number | undefined>
  readonly log: Log
  /** Deliveries under way at once. */
  readonly concurrency?: number
  /** Keys known at once; beyond it hints are dropped and the sweep brings them back. */
  readonly capacity?: number
  readonly timers?: Timers
  /** Told of each hint that is dropped. */
  readonly onDrop?: () => void
  /** Told of each delivery that begins, and of how long its key was ready for it, in milliseconds. */
  readonly onStart?: (waitMs: number, hint: Hint) => void
}

export interface InProcessBus extends EventBus {
  /** Keys waiting or under way. */
  readonly size: () => number
  /** Those of them that go on failing, for another reason than an apiserver that is away. */
  readonly failing: () => number
  /** Takes no more hints and waits for the deliveries under way. */
  readonly close: () => Promise<void>
}

interface Entry {
  readonly key: Key
  /** What is still to be delivered, one after the other. */
  hints: readonly Hint[]
  isRunning: boolean
  /** Cancels the timer that runs out when a key that waits for later is due. */
  cancel: (() => void) | undefined
  dueAt: number
  /** Since when it waits for a place alone. */
  readyAt: number
  /** Whoever refused wants to be left alone until then, whatever else happens. */
  notBefore: number
  /** When to look again, as asked for by a hint that came while the key was ready or being worked on. */
  laterAt: number | undefined
  failures: number
  /** Whether it has failed so often that somebody should look. */
  isFailing: boolean
}

/** The first failures are everyday conflicts. */
const manyFailures = 5

/** Deliveries aside at once: each holds a connection. */
const mostAside = 256

/** Deliveries of a sweep under way at once: it asks for thousands, and whoever has a reason comes first. */
const sweepWidth = 8

const firstRetryMs = 50
const longestRetryMs = 60_000
/** How long a key is left alone at most because whoever failed asked for it, in seconds: a stop may be meant for it. */
const longestWishSeconds = 15
/** What setTimeout can carry; a longer wait is looked at once on the way. */
const longestTimerMs = 2 ** 31 - 1

const real: Timers = {
  now: () => performance.now(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds)
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
}

const causeText = ({ cause }: Hint): string => (cause ? describeRef(cause.ref) : '')

/**
 * One hint for each object whose write is waited for, the newest: one write may be visible long before another. A hint
 * without a cause is served by any other; one of a sweep gives way to whoever asks for a reason, and one for a turn to
 * all that ask for more, of which there is least where a Task has ended.
 */
const merged = (hints: readonly Hint[], hint: Hint): readonly Hint[] => {
  const [first] = hints
  if (!hint.cause) {
    if (!first) return [hint]
    if (first.turn && hint.turn) return first.turn === 'waits' ? hints : [hint]
    // More than a turn, and no matter of the sweep alone.
    if (first.turn || (first.isSwept && hint.turn)) return [{ key: hint.key }]
    return first.isSwept ? [hint] : hints
  }
  return [...hints.filter((other) => other.cause && causeText(other) !== causeText(hint)), hint]
}

/**
 * The event bus within one process: one delivery per key at a time, hints for the same key merged, failures retried
 * with doubling, jittered delays. A key that waits for later gives way to an earlier hint, but not one whose failure asked for
 * time. Order between keys is not kept.
 */
export const createInProcessBus = ({
  deliver,
  log,
  concurrency = 32,
  capacity = 100_000,
  timers = real,
  onDrop,
  onStart,
}: InProcessOptions): InProcessBus => {
  const entries = new Map<string, Entry>()
  const ready = new Set<string>()
  /** Ready too, but nothing has happened to them that anybody knows of. */
  const swept = new Set<string>()
  let running = 0
  let sweeping = 0
  let waitingAside = 0
  let isClosed = false
  let dropped = 0
  let failing = 0
  let idle: (() => void) | undefined

  const makeReady = (id: string, entry: Entry): void => {
    entry.cancel?.()
    entry.cancel = undefined
    entry.dueAt = 0
    const [first] = entry.hints
    const queue = first?.isSwept && !ready.has(id) ? swept : ready
    // Who comes with a reason waits since then, however long a sweep has asked for the same.
    if (!queue.has(id)) entry.readyAt = timers.now()
    swept.delete(id)
    queue.add(id)
    pump()
  }

  const wait = (id: string, entry: Entry, milliseconds: number): void => {
    const longer = Math.max(milliseconds, entry.notBefore - timers.now())
    entry.cancel?.()
    entry.dueAt = timers.now() + longer
    entry.cancel = timers.after(Math.min(longer, longestTimerMs), () => makeReady(id, entry))
  }

  const soon = (id: string, entry: Entry): void => {
    if (!isClosed && entry.notBefore > timers.now()) wait(id, entry, 0)
    else makeReady(id, entry)
  }

  const pumpFrom = (ids: Set<string>, isFull: () => boolean): void => {
    for (const id of ids) {
      if (isClosed || running >= concurrency || isFull()) return
      ids.delete(id)
      const entry = entries.get(id)
      if (entry) void run(id, entry)
    }
  }

  const pump = (): void => {
    pumpFrom(ready, () => false)
    pumpFrom(swept, () => sweeping >= sweepWidth)
  }

  const setFailing = (entry: Entry, isFailing: boolean): void => {
    if (entry.isFailing !== isFailing) failing += isFailing ? 1 : -1
    entry.isFailing = isFailing
  }

  const aside: Aside = async (wait) => {
    if (waitingAside >= mostAside) return wait
    waitingAside += 1
    running -= 1
    pump()
    try {
      return await wait
    } finally {
      waitingAside -= 1
      running += 1
    }
  }

  const run = async (id: string, entry: Entry): Promise<void> => {
    entry.isRunning = true
    running += 1
    const [first = { key: entry.key }, ...rest] = entry.hints
    // What was to be looked at later and is due is more than a turn: turns that follow each other do not put it off.
    const isOverdue = first.turn !== undefined && entry.laterAt !== undefined && entry.laterAt <= timers.now()
    const hint = isOverdue ? { key: entry.key } : first
    if (isOverdue) entry.laterAt = undefined
    entry.hints = rest
    sweeping += hint.isSwept ? 1 : 0
    onStart?.(timers.now() - entry.readyAt, hint)
    let againMs: number | undefined
    try {
      const againSeconds = await deliver(hint, aside)
      entry.failures = 0
      setFailing(entry, false)
      if (againSeconds !== undefined) againMs = againSeconds * 1000
    } catch (error) {
      entry.failures += 1
      const wishMs =
        Math.min((error instanceof RetryableError && error.retryAfterSeconds) || 0, longestWishSeconds) * 1000
      const backoff = Math.min(firstRetryMs * 2 ** (entry.failures - 1), longestRetryMs) * (0.5 + timers.random())
      againMs = Math.max(wishMs, backoff)
      entry.notBefore = timers.now() + wishMs
      // What goes on failing is worth a line, once. An apiserver that is away is no matter of one key.
      const isKeysOwn = !unreachableIn(error)
      if (entry.failures >= manyFailures) setFailing(entry, isKeysOwn)
      if (entry.failures === manyFailures && isKeysOwn)
        log.warn('still failing', {
          key: id,
          failures: entry.failures,
          ...failureFields(error),
        })
    }
    entry.isRunning = false
    running -= 1
    sweeping -= hint.isSwept ? 1 : 0
    if (entry.hints.length > 0) {
      if (againMs !== undefined && entry.hints[0]?.turn)
        entry.laterAt = Math.min(timers.now() + againMs, entry.laterAt ?? Infinity)
      soon(id, entry)
    } else {
      const laterMs = entry.laterAt === undefined ? undefined : Math.max(0, entry.laterAt - timers.now())
      entry.laterAt = undefined
      const waitMs = Math.min(againMs ?? Infinity, laterMs ?? Infinity)
      if (isClosed || waitMs === Infinity) entries.delete(id)
      else wait(id, entry, waitMs)
    }
    pump()
    if (running + waitingAside === 0) idle?.()
  }

  return {
    publish: async (hint) => {
      if (isClosed) return
      const id = keyText(hint.key)
      const delayMs = (hint.afterSeconds ?? 0) * 1000
      const entry = entries.get(id)
      if (!entry) {
        if (entries.size >= capacity) {
          dropped += 1
          onDrop?.()
          if (dropped % 1000 === 1) log.warn('hints dropped, the sweep will find their objects', { dropped, capacity })
          return
        }
        const added: Entry = {
          key: hint.key,
          hints: delayMs > 0 ? [] : [hint],
          isRunning: false,
          cancel: undefined,
          dueAt: 0,
          readyAt: 0,
          notBefore: 0,
          laterAt: undefined,
          failures: 0,
          isFailing: false,
        }
        entries.set(id, added)
        if (delayMs > 0) wait(id, added, delayMs)
        else makeReady(id, added)
      } else if (delayMs > 0) {
        const dueAt = timers.now() + delayMs
        if (entry.isRunning || ready.has(id) || swept.has(id)) entry.laterAt = Math.min(dueAt, entry.laterAt ?? dueAt)
        else if (dueAt < entry.dueAt) wait(id, entry, delayMs)
      } else {
        // A turn does nothing of what was to be looked at later.
        if (hint.turn && entry.cancel) entry.laterAt = Math.min(entry.dueAt, entry.laterAt ?? Infinity)
        entry.hints = merged(entry.hints, hint)
        if (!entry.isRunning) soon(id, entry)
      }
    },
    size: () => entries.size,
    failing: () => failing,
    close: async () => {
      isClosed = true
      for (const entry of entries.values()) entry.cancel?.()
      if (running + waitingAside > 0) await new Promise<void>((resolve) => (idle = resolve))
    },
  }
}
