import type { Timers } from '../../infra/bus/in-process.ts'

/** Numbers from 0 up to 1 that a seed repeats (mulberry32). */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

interface Timer {
  readonly at: number
  readonly run: () => void
}

interface Turn {
  readonly mayGo: () => boolean
  readonly go: () => void
}

/** Whose turn it is: calls in the order they came, or any order that a seed gives. */
export type Order = { readonly kind: 'as they come' } | { readonly kind: 'any'; readonly random: () => number }

/**
 * Time and turns of a run. Nothing happens at once: every call of the apiserver waits for its turn, and time passes only
 * when nobody waits for one. So a run is the same each time.
 */
export interface Stage extends Timers {
  /** Wall clock in milliseconds. */
  readonly wall: () => number
  /** The latest that the wall clock has ever shown. */
  readonly latestWall: () => number
  /** Moves the wall clock, and no timer. */
  readonly jump: (milliseconds: number) => void
  /** Resolves when its turn has come and `mayGo`; never, as long as it does not. */
  readonly turn: (mayGo: () => boolean) => Promise<void>
  /** Goes on until `isOver` at a moment when nobody waits for a turn, or until `limitMs` have passed. Gives whether it is over. */
  readonly play: (isOver: () => boolean, limitMs: () => number) => Promise<boolean>
}

/** Lets every promise run that can. */
const breathe = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

export const createStage = (start: number, order: Order, random: () => number): Stage => {
  const timers: Timer[] = []
  let turns: Turn[] = []
  let time = 0
  let offset = start
  let latest = start

  const next = (): Turn | undefined => {
    const ready = turns.filter(({ mayGo }) => mayGo())
    const turn = order.kind === 'any' ? ready[Math.floor(order.random() * ready.length)] : ready[0]
    if (turn) turns = turns.filter((other) => other !== turn)
    return turn
  }

  /** Until nobody may take a turn any more. */
  const settle = async (): Promise<void> => {
    for (;;) {
      await breathe()
      let turn = next()
      if (!turn) return
      if (order.kind === 'any') turn.go()
      // Nobody races, so all that wait may go before anybody is heard again.
      else for (; turn; turn = next()) turn.go()
    }
  }

  return {
    now: () => time,
    random,
    wall: () => time + offset,
    latestWall: () => Math.max(latest, time + offset),
    jump: (milliseconds) => {
      latest = Math.max(latest, time + offset)
      offset += milliseconds
    },
    after: (milliseconds, run) => {
      const timer: Timer = { at: time + Math.max(0, milliseconds), run }
      let index = timers.length
      while (index > 0 && (timers[index - 1] as Timer).at > timer.at) index -= 1
      timers.splice(index, 0, timer)
      return () => {
        const found = timers.indexOf(timer)
        if (found >= 0) timers.splice(found, 1)
      }
    },
    turn: (mayGo) => new Promise((resolve) => turns.push({ mayGo, go: resolve })),
    play: async (isOver, limitMs) => {
      const begun = time
      for (;;) {
        await settle()
        if (isOver()) return true
        const timer = timers[0]
        const end = begun + limitMs()
        if (!timer || timer.at > end) {
          time = end
          return false
        }
        timers.shift()
        time = timer.at
        timer.run()
      }
    },
  }
}
