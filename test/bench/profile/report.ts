import type { Delay } from '../loop-delay.ts'
import type { Share, Spent } from './cpu.ts'

/** What one measurement made the functions do. */
export interface Profiled {
  readonly name: string
  readonly file: string
  readonly tasks: number
  readonly spent: Spent
  readonly delay: Delay
  /** By verb and resource, of all Tasks. */
  readonly requests: readonly Share[]
}

const most = 12

/** The first of a list, each as `share` says it. */
const listed = (title: string, list: readonly Share[], share: (value: number) => string): string[] => [
  '',
  title,
  ...list.slice(0, most).map(([name, value]) => `  ${share(value).padStart(7)}  ${name}`),
]

/** As a person reads it: requests per Task, the delay of the event loop, and where the processor's time went. */
export const profileText = ({ name, file, tasks, spent, delay, requests }: Profiled): string => {
  const { busy, idle, modules, functions, ours } = spent
  const per = Math.max(1, tasks)
  const percent = (milliseconds: number): string => `${((100 * milliseconds) / busy).toFixed(1)} %`
  const all = requests.reduce((sum, [, count]) => sum + count, 0)
  return [
    `${name}: ${tasks} Tasks, ${(busy / per).toFixed(1)} ms of the main thread per Task (by the clock), ${(all / per).toFixed(1)} requests per Task`,
    `  busy ${(busy / 1000).toFixed(2)} s of ${((busy + idle) / 1000).toFixed(2)} s; delay of the event loop p50 ${delay.p50.toFixed(1)} ms, p99 ${delay.p99.toFixed(1)} ms, most ${delay.most.toFixed(1)} ms`,
    ...listed('requests per Task', requests, (count) => (count / per).toFixed(2)),
    ...listed('time by module, without what it calls', modules, percent),
    ...listed('time by function, without what it calls', functions, percent),
    ...listed('functions of this project, with what they call before they first wait', ours, percent),
    '',
    `Written to ${file}`,
  ].join('\n')
}
