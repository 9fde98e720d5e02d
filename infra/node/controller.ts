import { setTimeout as sleep } from 'node:timers/promises'
import { sweep } from '../../functions/schedule/sweep.ts'
import { tick } from '../../functions/schedule/tick.ts'
import { functionsTable } from '../../functions/table.ts'
import type { Defaults } from '../../functions/workload/settings.ts'
import { sentenceOf, unreachableIn } from '../../shared/errors.ts'
import type { Hint } from '../../shared/hint.ts'
import { keyText } from '../../shared/hint.ts'
import type { Cluster, GitSyncs, Log, ServerPasswords, Sessions } from '../../shared/ports.ts'
import type { InProcessBus } from '../bus/in-process.ts'
import { createInProcessBus } from '../bus/in-process.ts'
import { createOutage } from '../outage.ts'
import { clock } from '../clock.ts'
import type { Metrics } from './metrics.ts'

export interface ControllerOptions {
  readonly cluster: Cluster
  readonly sessions: Sessions
  readonly gitSyncs: GitSyncs
  readonly passwords: ServerPasswords
  readonly defaults: Defaults
  readonly log: Log
  readonly metrics: Metrics
  readonly tickSeconds?: number
  readonly sweepSeconds?: number
}

export interface Controller {
  /** Where the observing webhooks publish to. */
  readonly bus: InProcessBus
  /** Begins the schedules; the first sweep finds what happened while nobody listened. */
  readonly start: () => void
  /** Ends the schedules and waits for the deliveries under way. */
  readonly close: () => Promise<void>
}

/**
 * After a copy has died the apiserver goes on calling its address for some seconds, and nobody hears of what is written
 * then: whoever takes its place sweeps when it starts, and once more when that is over.
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
  tickSeconds = 15,
  sweepSeconds = 300,
}: ControllerOptions): Controller => {
  const rows = functionsTable(defaults)
  const byKind = new Map(rows.map((row) => [row.kind, row]))
  const outage = createOutage(log, () => performance.now())

  const deliver = async (hint: Hint): Promise<number | undefined> => {
    const { kind } = hint.key
    const row = byKind.get(kind)
    if (!row) return undefined
    const started = performance.now()
    const took = () => Math.round(performance.now() - started)
    try {
      const { writes, againSeconds } = await row.deliver(hint, {
        cluster,
        sessions,
        gitSyncs,
        passwords,
        bus,
        clock,
        log,
      })
      outage.worked()
      metrics.deliveries.inc({ kind, outcome: 'done' })
      metrics.writes.inc({ kind }, writes)
      // A look that changed nothing is not news.
      log[writes > 0 ? 'info' : 'debug']('delivered', { key: keyText(hint.key), writes, ms: took(), againSeconds })
      return againSeconds
    } catch (error) {
      const unreachable = unreachableIn(error)
      if (unreachable) outage.failed(unreachable)
      metrics.deliveries.inc({ kind, outcome: 'retry' })
      log.debug('will try again', { key: keyText(hint.key), ms: took(), error: sentenceOf(error) })
      throw error
    } finally {
      metrics.deliverySeconds.observe({ kind }, (performance.now() - started) / 1000)
    }
  }
  const bus = createInProcessBus({ deliver, log })
  metrics.waitingKeys(bus.size)

  const stopped = new AbortController()
  const loops: Promise<void>[] = []

  /** Never twice at once; a failing schedule says so when it begins to fail and when it works again. */
  const every = async (
    schedule: string,
    seconds: number,
    run: () => Promise<number>,
    firstSeconds = seconds,
  ): Promise<void> => {
    let isFailing = false
    let isSaid = false
    let pause = firstSeconds
    while (!stopped.signal.aborted) {
      try {
        const asked = await run()
        outage.worked()
        metrics.scheduleRuns.inc({ schedule, outcome: 'done' })
        if (isSaid) log.info(`${schedule} works again`, { asked })
        isFailing = false
        isSaid = false
      } catch (error) {
        metrics.scheduleRuns.inc({ schedule, outcome: 'failed' })
        const unreachable = unreachableIn(error)
        if (unreachable) outage.failed(unreachable)
        else if (!isSaid) log.warn(`${schedule} fails and will go on trying`, { error: sentenceOf(error) })
        isFailing = true
        isSaid ||= !unreachable
      }
      const wait = isFailing ? Math.min(seconds, 5) : pause
      if (!isFailing) pause = seconds
      await sleep(wait * 1000, undefined, { signal: stopped.signal }).catch(() => undefined)
    }
  }

  return {
    bus,
    start: () => {
      loops.push(
        every('sweep', sweepSeconds, () => sweep(rows, cluster, bus), Math.min(sweepSeconds, secondSweepSeconds)),
        every('tick', tickSeconds, () => tick(rows, cluster, bus, clock.now(), tickSeconds)),
      )
    },
    close: async () => {
      stopped.abort()
      await Promise.all(loops)
      await bus.close()
    },
  }
}
