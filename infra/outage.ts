import type { UnreachableError } from '../shared/errors.ts'
import { sentenceOf } from '../shared/errors.ts'
import type { Log } from '../shared/ports.ts'

/** Also what the alarms on AWS look for in the log, and so written whatever its level. */
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
      log.error(outageText.begins, { error: sentenceOf(error) })
    },
    worked: () => {
      if (began === undefined || now() - lastFailure < settledMs) return
      log.warn(outageText.ends, { afterSeconds: Math.round((now() - began) / 1000) })
      began = undefined
    },
  }
}
