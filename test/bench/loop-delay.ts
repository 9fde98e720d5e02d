import { monitorEventLoopDelay } from 'node:perf_hooks'

/** How late the event loop was, in milliseconds. */
export interface Delay {
  readonly p50: number
  readonly p99: number
  readonly most: number
}

const resolution = 5

/** Node records the time between two turns of its timer, so the timer's own period is no delay. */
const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolution)

/** Watches this process from now on; what is given back ends that and tells. */
export const watchLoop = (): (() => Delay) => {
  const loop = monitorEventLoopDelay({ resolution })
  loop.enable()
  return () => {
    loop.disable()
    return { p50: late(loop.percentile(50)), p99: late(loop.percentile(99)), most: late(loop.max) }
  }
}
