import type { Io } from './io.ts'

/** Lines about what happens, and on a terminal one line at the bottom that says what is waited for. All on stderr. */
export interface Progress {
  readonly line: (text: string) => void
  /** What is waited for; its seconds count up. Undefined takes the line away. */
  readonly waitFor: (what: string | undefined) => void
  readonly end: () => void
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const frameMs = 100

export const createProgress = ({ err, isTerminal, colors, columns, env, now }: Io): Progress => {
  const moves = isTerminal.err && env['TERM'] !== 'dumb'
  let waiting: { readonly what: string; readonly since: number } | undefined
  let timer: NodeJS.Timeout | undefined
  let frame = 0
  let told: string | undefined

  const clear = (): void => {
    if (moves) err.write('\r\u001B[K')
  }
  const draw = (): void => {
    if (!waiting) return
    frame = (frame + 1) % frames.length
    const seconds = Math.round((now().getTime() - waiting.since) / 1000)
    const tail = ` … ${seconds} s`
    const room = Math.max(0, columns() - tail.length - 4)
    err.write(`\r\u001B[K${colors.err.dim(`${frames[frame]} ${waiting.what.slice(0, room)}${tail}`)}`)
  }
  const stop = (): void => {
    clearInterval(timer)
    timer = undefined
    if (waiting) clear()
    waiting = undefined
  }

  return {
    line: (text) => {
      if (waiting) clear()
      err.write(`${text}\n`)
      if (waiting && moves) draw()
    },
    waitFor: (what) => {
      if (what === waiting?.what) return
      stop()
      if (what === undefined) return
      if (moves) {
        waiting = { what, since: now().getTime() }
        timer = setInterval(draw, frameMs)
        timer.unref()
        draw()
      } else if (what !== told) err.write(`${what}\n`)
      told = what
    },
    end: stop,
  }
}
