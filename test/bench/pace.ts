import { setTimeout as sleep } from 'node:timers/promises'

/** So many requests of this program are under way at once, where nothing else is said; the floor and what is beside it share it. */
export const width = 16

/** Runs `work` for 0 to count - 1, `width` of them at a time. */
export const inFlight = async (count: number, width: number, work: (index: number) => Promise<void>): Promise<void> => {
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: Math.min(width, count) }, lane))
}

/** Begins `work` for 0 to count - 1 at a steady rate, however long each takes. */
export const atRate = async (
  count: number,
  perSecond: number,
  work: (index: number) => Promise<void>,
): Promise<void> => {
  const begun = performance.now()
  const running: Promise<void>[] = []
  for (let index = 0; index < count; index++) {
    await sleep(Math.max(0, begun + (index * 1000) / perSecond - performance.now()))
    running.push(work(index))
  }
  await Promise.all(running)
}

type Answer = boolean | Promise<boolean>

/** Throws with `what` when it is not so in time. */
export const until = async (what: () => string, isSo: () => Answer, seconds: number): Promise<void> => {
  const deadline = performance.now() + seconds * 1000
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`after ${seconds} s: ${what()}`)
    await sleep(10)
  }
}
