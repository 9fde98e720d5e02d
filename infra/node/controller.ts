import { setTimeout as sleep } from 'node:timers/promises'
import { createCensus } from '../../functions/schedule/census.ts'
import { sweep } from '../../functions/schedule/sweep.ts'
import { tick } from '../../functions/schedule/tick.ts'
import { functionsTable } from '../../functions/table.ts'
import type { Defaults } from '../../functions/workload/settings.ts'
import { sentenceOf, unreachableIn } from '../../shared/errors.ts'
import type { Hint } from '../../shared/hint.ts'
import { keyText } from '../../shared/hint.ts'
import type { Cluster, GitSyncs, Log, ServerPasswords, Sessions, Traces } from '../../shared/ports.ts'
import { failureFields } from '../../shared/trace.ts'
import type { Aside, InProcessBus } from '../bus/in-process.ts'
import { createInProcessBus } from '../bus/in-process.ts'
import { counted } from '../cluster/counted.ts'
import { tellingPruned } from '../cluster/pruned.ts'
import { createOutage } from '../outage.ts'
import { clock } from '../clock.ts'
import type { DeliveryOutcome, Metrics } from './metrics.ts'
import { onStartIn, onWriteIn, recordCensus, recordedIn } from './metrics.ts'

export interface ControllerOptions {
  readonly cluster: Cluster
  readonly sessions: Sessions
  readonly gitSyncs: GitSyncs
  readonly passwords: ServerPasswords
  readonly defaults: Defaults
  readonly log: Log
  readonly metrics: Metrics
  /** Absent where nobody collects spans. */
  readonly traces?: Traces | undefined
  readonly tickSeconds?: number
  readonly sweepSeconds?: number
}

export interface Controller {
  /** Where the observing webhooks publish to. */
  readonly bus: InProcessBus
  /** Begins the schedules; the first sweep finds what happened while nobody listened. */
  readonly start: () => void
  /** A sweep at once, and another when what is being changed now is over: somebody may not have been heard. */
  readonly sweepNow: () => void
  /** Ends the schedules and waits for the deliveries under way. */
  readonly close: () => Promise<void>
}

/**
 * After a copy has died the apiserver goes on calling its address for some seconds, and nobody hears of what is written
 * then: whoever takes its place sweeps when it starts, and once more when that is over. The same where webhooks were mended.
 */
const secondSweepSeconds = 30

/** The functions in one process: an in-process bus, and timers for tick and sweep. */
export const createController = ({
  cluster,
  sessions,
  gitSyncs,
  passwords,
  defaults,
  log,
  metrics,
  traces,
  tickSeconds = 15,
  sweepSeconds = 300,
}: ControllerOptions): Controller => {
  const rows = functionsTable(defaults)
  const byKind = new Map(rows.map((row) => [row.kind, row]))
  const outage = createOutage(log, () => performance.now())
  const writing = counted(
    tellingPruned(cluster, log, () => performance.now()),
    onWriteIn(metrics),
  )
  const recorded = recordedIn(metrics)

  /** One server that takes connections and answers nothing must not take the places of all others. */
  const servers = (aside: Aside): { readonly sessions: Sessions; readonly gitSyncs: GitSyncs } => ({
    sessions: {
      find: (...asked) => aside(sessions.find(...asked)),
      abort: (...asked) => aside(sessions.abort(...asked)),
      asking: (...asked) => aside(sessions.asking(...asked)),
      tell: (...asked) => aside(sessions.tell(...asked)),
    },
    gitSyncs: { read: (...asked) => aside(gitSyncs.read(...asked)) },
  })

  const deliver = async (hint: Hint, aside: Aside): Promise<number | undefined> => {
    const { kind } = hint.key
    const row = byKind.get(kind)
    if (!row) return undefined
    const started = performance.now()
    const took = () => Math.round(performance.now() - started)
    const tell = (outcome: DeliveryOutcome): void => metrics.deliveries.inc({ kind, outcome })
    try {
      const { writes, againSeconds, traceId } = await row.deliver(hint, {
        cluster: writing,
        ...servers(aside),
        passwords,
        bus,
        clock,
        log,
        metrics: recorded,
        ...(traces && { traces }),
      })
      outage.worked()
      tell(againSeconds === undefined ? 'done' : 'again')
      if (hint.isSwept && writes > 0) metrics.sweepRepairs.inc({ kind })
      // A look that changed nothing is not news.
      log[writes > 0 ? 'info' : 'debug']('delivered', {
        key: keyText(hint.key),
        writes,
        ms: took(),
        againSeconds,
        traceId,
      })
      return againSeconds
    } catch (error) {
      const unreachable = unreachableIn(error)
      if (unreachable) outage.failed(unreachable)
      tell(unreachable ? 'unreachable' : 'retry')
      log.debug('will try again', {
        key: keyText(hint.key),
        ms: took(),
        ...failureFields(error),
      })
      throw error
    } finally {
      metrics.deliverySeconds.observe({ kind }, (performance.now() - started) / 1000)
    }
  }
  const bus = createInProcessBus({
    deliver,
    log,
    onDrop: () => metrics.hintsDropped.inc(),
    onStart: onStartIn(metrics),
  })
  metrics.busKeys(bus.size)
  metrics.busFailingKeys(bus.failing)

  const stopped = new AbortController()
  /** Ends the pauses of the schedules. */
  let hurry = new AbortController()
  const loops: Promise<void>[] = []

  /** Never twice at once; a failing schedule says so when it begins to fail and when it works again. */
  const every = async (
    schedule: 'sweep' | 'tick',
    seconds: number,
    run: () => Promise<number>,
    firstSeconds = seconds,
  ): Promise<void> => {
    let isFailing = false
    let isSaid = false
    let pause = firstSeconds
    metrics.scheduleDone.set({ schedule }, clock.now().getTime() / 1000)
    while (!stopped.signal.aborted) {
      const { signal } = hurry
      const begun = clock.now().getTime()
      try {
        const asked = await run()
        outage.worked()
        metrics.scheduleRuns.inc({ schedule, outcome: 'done' })
        metrics.scheduleDone.set({ schedule }, clock.now().getTime() / 1000)
        if (isSaid) log.info(`${schedule} works again`, { asked })
        isFailing = false
        isSaid = false
      } catch (error) {
        const unreachable = unreachableIn(error)
        metrics.scheduleRuns.inc({ schedule, outcome: unreachable ? 'unreachable' : 'failed' })
        if (unreachable) outage.failed(unreachable)
        else if (!isSaid) log.warn(`${schedule} fails and will go on trying`, { error: sentenceOf(error) })
        isFailing = true
        isSaid ||= !unreachable
      }
      const wait = isFailing ? Math.min(seconds, 5) : pause
      if (!isFailing) pause = seconds
      // From one beginning to the next: what is due while a tick is at work is asked for by nobody else.
      const spent = isFailing ? 0 : clock.now().getTime() - begun
      const restMs = Math.min(wait * 1000, Math.max(wait * 1000 - spent, wait * 500))
      await sleep(restMs, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) pause = firstSeconds
    }
  }

  let hurriedAt = -Infinity
  const sweepAll = async (): Promise<number> => {
    const now = clock.now()
    const census = createCensus(now)
    const asked = await sweep(rows, cluster, bus, now, census.count)
    recordCensus(metrics, census.counted(), clock.now())
    return asked
  }

  return {
    bus,
    start: () => {
      loops.push(
        every('sweep', sweepSeconds, sweepAll, Math.min(sweepSeconds, secondSweepSeconds)),
        every('tick', tickSeconds, () => tick(rows, cluster, bus, clock.now(), tickSeconds)),
      )
    },
    sweepNow: () => {
      // Somebody may go on taking away what is mended.
      if (clock.now().getTime() - hurriedAt < sweepSeconds * 1000) return
      hurriedAt = clock.now().getTime()
      hurry.abort()
      hurry = new AbortController()
    },
    close: async () => {
      stopped.abort()
      hurry.abort()
      await Promise.all(loops)
      await bus.close()
    },
  }
}
