import type { InProcessBus } from '../../infra/bus/in-process.ts'
import { createInProcessBus } from '../../infra/bus/in-process.ts'
import type { Answer } from '../../infra/cluster/rest.ts'
import { clusterOver } from '../../infra/cluster/rest.ts'
import { sweep } from '../../functions/schedule/sweep.ts'
import { tick } from '../../functions/schedule/tick.ts'
import type { FunctionRow } from '../../functions/table.ts'
import { RetryableError } from '../../shared/errors.ts'
import type { Hint } from '../../shared/hint.ts'
import { keyText } from '../../shared/hint.ts'
import type { Cluster, EventBus, GitSyncs, Log, ServerPasswords, Sessions } from '../../shared/ports.ts'
import { answerOf, requestOf } from './apiserver/http.ts'
import type { Request } from './apiserver/request.ts'
import type { Result } from './apiserver/status.ts'
import { status } from './apiserver/status.ts'
import type { Answer as Misfortune } from './fault.ts'
import type { Stage } from './stage.ts'

/** Real ones are made on another thread, in a time that is not the play's. */
const playedPasswords: ServerPasswords = {
  of: async ({ namespace, name, uid }) => {
    const password = `${namespace}/${name}/${uid}`
    return { password, digest: `digest of ${password}` }
  },
}

/** What stands between a copy and the apiserver. Each is asked once per call, in their order. */
export interface Wire {
  /** Before the request is sent; what it gives is answered instead. */
  readonly before: (copy: Copy, request: Request) => Misfortune | undefined
  /** How many changes ago a read looks; undefined for now. */
  readonly changesAgo: (request: Request) => number | undefined
  /** How long the apiserver takes for it, in milliseconds. */
  readonly takes: () => number
  readonly committed: (copy: Copy, request: Request) => void
  readonly answered: (copy: Copy, request: Request) => void
}

export interface Copy {
  readonly name: string
  state: 'at work' | 'frozen' | 'thawed' | 'dying' | 'ended'
  /** How many writes are left to it once it thaws. */
  writesLeft: number
  readonly bus: InProcessBus
  /** Deliveries that ended in something else than a wish to try again. */
  readonly bugs: string[]
}

export interface CopyOptions {
  readonly name: string
  readonly stage: Stage
  /** The apiserver; where hints run ahead of their writes, the answer takes a while. */
  readonly ask: (request: Request) => Result | Promise<Result>
  readonly rows: readonly FunctionRow[]
  readonly sessions: Sessions
  readonly gitSyncs: GitSyncs
  readonly wire: Wire
  /** Takes the wakes of this copy's functions. */
  readonly publish: (hint: Hint, copy: Copy) => void
  /** Whether a wish to look again is kept. */
  readonly isAgainKept: boolean
  readonly concurrency: number
  /** Seconds from its start to its first tick and its first sweep. */
  readonly firstTickSeconds: number
  readonly firstSweepSeconds: number
}

/** The adapter gives up a request that was not answered in this time: the first thing that a process does when it thaws. */
const requestTimeoutMs = 10_000
const tickMs = 15_000
/** More often than the container's five minutes: what hints have lost is found sooner, and a run is shorter. */
const sweepMs = 120_000

const busy = (code: number, reason: string, headers: Result['headers'] = {}): Result => ({
  ...status(code, reason, `made up: ${reason}`),
  headers,
})

/** The answers of an apiserver in trouble; undefined where there is none at all. */
const misfortunes: Readonly<Record<Misfortune, Result | undefined>> = {
  '409': busy(409, 'Conflict'),
  '429': busy(429, 'TooManyRequests', { 'retry-after': '3' }),
  '500': busy(500, 'InternalError'),
  '503': busy(503, 'ServiceUnavailable'),
  reset: undefined,
  timeout: undefined,
}

const isWrite = ({ verb }: Request): boolean => verb !== 'get' && verb !== 'list'

/** A process that runs the functions: the real bus, the real apiserver adapter, tick and sweep. */
export const createCopy = (options: CopyOptions): Copy => {
  const { name, stage, rows, sessions, gitSyncs, wire, concurrency } = options
  const byKind = new Map(rows.map((row) => [row.kind, row]))
  const mayGo = () => copy.state !== 'frozen' && copy.state !== 'ended'

  /** Waits for the turn of this process: later while it is frozen, never once it has ended. */
  const turn = async (): Promise<void> => {
    do await stage.turn(mayGo)
    while (!mayGo())
  }
  const end = (): Promise<void> => {
    copy.state = 'ended'
    return turn()
  }

  const send = async (request: Request): Promise<Answer> => {
    const sentAt = stage.now()
    await turn()
    if (copy.state === 'dying') await end()
    const misfortune = wire.before(copy, request)
    if (!mayGo()) await turn()
    if (stage.now() - sentAt > requestTimeoutMs) throw new RetryableError('the request was given up')
    if (isWrite(request) && copy.writesLeft === 0) await end()
    const isSent = misfortune === undefined || misfortune === 'timeout'
    const changesAgo = isWrite(request) ? undefined : wire.changesAgo(request)
    const asked = changesAgo === undefined ? request : { ...request, changesAgo }
    // What was read is a while old when it arrives.
    const wayMs = wire.takes() / 2
    if (wayMs > 0) await clock.sleep(wayMs)
    const result = isSent ? await options.ask(asked) : undefined
    if (wayMs > 0) await clock.sleep(wayMs)
    if (isWrite(request)) copy.writesLeft -= 1
    wire.committed(copy, request)
    if (!mayGo()) await turn()
    if (misfortune === 'timeout' || misfortune === 'reset')
      throw new RetryableError(`the apiserver did not answer (${misfortune})`)
    wire.answered(copy, request)
    return answerOf((misfortune && misfortunes[misfortune]) ?? result ?? status(500, 'InternalError', 'no answer'))
  }

  const clusterOf = (by: string): Cluster =>
    clusterOver(async (method, path, rest) => {
      const request = requestOf(method, path, rest, by)
      if (!request) throw new Error(`no such path: ${path}`)
      return send(request)
    }, 'kubeopencode')

  /** A timer of this process: it rings later while the process is frozen, and never once it has ended. */
  const after = (milliseconds: number, run: () => void): (() => void) =>
    stage.after(milliseconds, () => void turn().then(run))

  const clock = {
    now: () => new Date(stage.wall()),
    sleep: (milliseconds: number) => new Promise<void>((resolve) => void after(milliseconds, resolve)),
  }
  const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  const bus: EventBus = { publish: async (hint) => options.publish(hint, copy) }

  const deliver = async (hint: Hint): Promise<number | undefined> => {
    const row = byKind.get(hint.key.kind)
    if (!row) return undefined
    const cluster = clusterOf(`${name}: ${keyText(hint.key)}`)
    try {
      const { againSeconds } = await row.deliver(hint, {
        cluster,
        sessions,
        gitSyncs,
        passwords: playedPasswords,
        bus,
        clock,
        log,
      })
      return options.isAgainKept ? againSeconds : undefined
    } catch (error) {
      const isExpected = error instanceof RetryableError || error instanceof AggregateError
      if (!isExpected) copy.bugs.push(`${keyText(hint.key)}: ${String(error)}`)
      throw error
    }
  }

  const copy: Copy = {
    name,
    state: 'at work',
    writesLeft: Infinity,
    bugs: [],
    bus: createInProcessBus({
      deliver,
      log,
      concurrency,
      timers: { now: () => stage.now(), random: () => stage.random(), after },
    }),
  }

  const every = (firstMs: number, againMs: number, run: () => Promise<number>): void => {
    const go = (): void => {
      void run().then(
        () => after(againMs, go),
        () => after(Math.min(againMs, 5000), go),
      )
    }
    after(firstMs, go)
  }
  const schedule = clusterOf(`${name}: schedule`)
  // The schedules ask this process's own bus: a schedule's event is as reliable as the schedule.
  const own: EventBus = { publish: async (hint) => copy.bus.publish(hint) }
  every(options.firstTickSeconds * 1000, tickMs, () => tick(rows, schedule, own, clock.now(), tickMs / 1000))
  every(options.firstSweepSeconds * 1000, sweepMs, () => sweep(rows, schedule, own, clock.now()))
  return copy
}
