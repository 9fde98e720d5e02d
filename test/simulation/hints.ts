import type { Hint } from '../../shared/hint.ts'
import type { Fault, HintFault } from './fault.ts'
import type { Stage } from './stage.ts'

type Arrive = (hint: Hint) => void

/** How late a delayed hint comes, and how long one waits that changes places with the next. */
const delayMs = 30_000
const longestSwapMs = 1_000

/** The way of hints from who has one to who takes it, with what a fault makes of it. */
export const carrier = (faults: readonly Fault[], stage: Stage) => {
  let count = 0
  let held: (() => void) | undefined

  const release = (): void => {
    const go = held
    held = undefined
    go?.()
  }
  const suffer: Readonly<Record<HintFault, (hint: Hint, arrive: Arrive) => void>> = {
    drop: () => {},
    double: (hint, arrive) => {
      arrive(hint)
      arrive(hint)
    },
    delay: (hint, arrive) => void stage.after(delayMs, () => arrive(hint)),
    swap: (hint, arrive) => {
      if (held) {
        arrive(hint)
        release()
        return
      }
      held = () => arrive(hint)
      stage.after(longestSwapMs, release)
    },
  }
  return {
    carry: (hint: Hint, arrive: Arrive): void => {
      const number = count
      count += 1
      const fault = faults.find(
        (one): one is Extract<Fault, { what: HintFault }> =>
          one.kind === 'every hint' || (one.kind === 'hint' && one.hint === number),
      )
      if (fault) suffer[fault.what](hint, arrive)
      else {
        arrive(hint)
        release()
      }
    },
    count: () => count,
  }
}
