import type { UnreachableError } from '../shared/errors.ts'
import { sentenceOf } from '../shared/errors.ts'
import type { Clock, Log } from '../shared/ports.ts'

/** Also what the alarms on AWS look for in the log. */
export const outageText = {
  begins: 'the apiserver cannot be worked with; it is asked again and nothing is lost',
  ends: 'the apiserver can be worked with again',
} as const

/** An apiserver that comes and goes within this time is still away. */
const settledMs = 10_000

export interface Outage {
  readonly failed: (error: UnreachableError) => void
  readonly worked: () => void
}

/** Tells of an apiserver that is away when that begins and when it is over, however many tries lie between. */
export const createOutage = (log: Log, now: () => number): Outage => {
  let began: number | undefined
  let lastFailure = 0
  return {
    failed: (error) => {
      lastFailure = now()
      if (began !== undefined) return
      began = lastFailure
      log.warn(outageText.begins, { error: sentenceOf(error) })
    },
    worked: () => {
      if (began === undefined || now() - lastFailure < settledMs) return
      log.info(outageText.ends, { afterSeconds: Math.round((now() - began) / 1000) })
      began = undefined
    },
  }
}

const known = new WeakMap<Log, Outage>()

/** The one of whoever writes to `log`: what the handlers of one instance see is one outage. */
export const outageOf = (log: Log, clock: Clock): Outage => {
  const outage = known.get(log) ?? createOutage(log, () => clock.now().getTime())
  known.set(log, outage)
  return outage
}
