/** What goes wrong in a run, as data: a run is its scenario, its fault and its seed. Calls and hints are counted from 0. */
export type Fault =
  | { readonly kind: 'none' }
  | Crash
  /** Several of them in one run. */
  | { readonly kind: 'many'; readonly faults: readonly Fault[] }
  | { readonly kind: 'answer'; readonly call: number; readonly answer: Answer }
  /** A read is answered with what was there so many changes ago. */
  | { readonly kind: 'old'; readonly call: number; readonly changes: number }
  | { readonly kind: 'hint'; readonly hint: number; readonly what: HintFault }
  | { readonly kind: 'every hint'; readonly what: HintFault }
  | { readonly kind: 'early hints'; readonly milliseconds: number }
  /** Each answer takes any time up to that. */
  | { readonly kind: 'slow'; readonly milliseconds: number }
  /** A person does the next thing at once, whatever state the world is in. */
  | { readonly kind: 'haste'; readonly call: number }
  | { readonly kind: 'clock'; readonly call: number; readonly seconds: number }

export interface Crash {
  readonly kind: 'crash'
  /** The call at which it happens. */
  readonly call: number
  /** Before the request is sent, after the apiserver has stored it, or after the answer has come. */
  readonly moment: 'before' | 'committed' | 'answered'
  /** What becomes of the old instance: ended; or frozen, and good for one more write when it thaws. */
  readonly old: 'ended' | 'lingers' | 'thaws'
}

export const answers = ['409', '429', '500', '503', 'reset', 'timeout'] as const
export type Answer = (typeof answers)[number]

export const hintFaults = ['drop', 'double', 'swap', 'delay'] as const
export type HintFault = (typeof hintFaults)[number]

const crashText = ({ call, moment, old }: Crash): string => `crash ${moment} at call ${call}, the old instance ${old}`

export const faultText = (fault: Fault): string => {
  switch (fault.kind) {
    case 'none':
      return 'no fault'
    case 'crash':
      return crashText(fault)
    case 'many':
      return fault.faults.length === 0 ? 'no fault' : fault.faults.map(faultText).join('; ')
    case 'answer':
      return `answer ${fault.answer} at call ${fault.call}`
    case 'old':
      return `call ${fault.call} reads what was there ${fault.changes} changes before`
    case 'hint':
      return `${fault.what} hint ${fault.hint}`
    case 'every hint':
      return `${fault.what} every hint`
    case 'early hints':
      return `hints ${fault.milliseconds} ms ahead of their writes`
    case 'slow':
      return `each answer takes up to ${fault.milliseconds} ms`
    case 'haste':
      return `people do not wait, at call ${fault.call}`
    default:
      return `the clock jumps ${fault.seconds} s at call ${fault.call}`
  }
}
